-- One row per answer, however deep: items lie in items, and under answers.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_int.int_qr_answers_long";
create view "engage_analytics_int.int_qr_answers_long" as
with recursive nodes as (
    select
        r.id as qr_id,
        pipec_json_element(i.type, i.value) as node
    from "engage_analytics_stg.stg_questionnaire_response" as r
    cross join json_each(nullif(r.items, 'null')) as i

    union all

    select
        n.qr_id,
        pipec_json_element(child.type, child.value) as value
    from nodes as n
    join (
        select 'item' as name
        union all select 'answer'
    ) as part
    cross join json_each(nullif(pipec_json_get(n.node, part.name), 'null')) as child
),

answers as (
    select
        n.qr_id,
        pipec_json_text(n.node -> '$.linkId') as linkid,
        pipec_json_element(a.type, a.value) as answer
    from nodes as n
    cross join json_each(nullif(n.node -> '$.answer', 'null')) as a
)

select
    qr_id,
    linkid,
    nullif(
        trim(
            coalesce(
                pipec_json_text(answer -> '$.valueCoding.display'),
                pipec_json_text(answer -> '$.valueString'),
                pipec_json_text(answer -> '$.valueDate'),
                pipec_json_text(answer -> '$.valueDateTime'),
                pipec_json_text(answer -> '$.valueBoolean'),
                pipec_json_text(answer -> '$.valueInteger'),
                pipec_json_text(answer -> '$.valueDecimal'),
                pipec_json_text(answer -> '$.valueQuantity.value')
            )
        ),
        ''
    ) as answer,
    pipec_fhir_date(coalesce(
        pipec_json_text(answer -> '$.valueDate'),
        pipec_json_text(answer -> '$.valueDateTime')
    )) as answer_date,
    pipec_to_number(
        coalesce(
            pipec_json_text(answer -> '$.valueInteger'),
            pipec_json_text(answer -> '$.valueDecimal'),
            pipec_json_text(answer -> '$.valueQuantity.value')
        )
    ) as answer_number,
    pipec_to_boolean(pipec_json_text(answer -> '$.valueBoolean')) as answer_flag
from answers;
commit;
