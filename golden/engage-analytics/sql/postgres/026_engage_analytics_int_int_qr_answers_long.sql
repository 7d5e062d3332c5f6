-- One row per answer, however deep: items lie in items, and under answers.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_int.int_qr_answers_long'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_int.int_qr_answers_long';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_int.int_qr_answers_long';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_int.int_qr_answers_long'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_int.int_qr_answers_long');
end
$body$;
create view engage_analytics_int.int_qr_answers_long as
with recursive nodes as (
    select
        r.id as qr_id,
        i.value as node
    from engage_analytics_stg.stg_questionnaire_response as r
    cross join lateral jsonb_array_elements(nullif(r.items, 'null')) as i(value)

    union all

    select
        n.qr_id,
        child.value
    from nodes as n
    cross join (
        values
            ('item'),
            ('answer')
    ) as part(name)
    cross join lateral jsonb_array_elements(nullif(n.node -> part.name, 'null')) as child(value)
),

answers as (
    select
        n.qr_id,
        n.node ->> 'linkId' as linkid,
        a.value as answer
    from nodes as n
    cross join lateral jsonb_array_elements(nullif(n.node -> 'answer', 'null')) as a(value)
)

select
    qr_id,
    linkid,
    nullif(
        trim(
            coalesce(
                answer -> 'valueCoding' ->> 'display',
                answer ->> 'valueString',
                answer ->> 'valueDate',
                answer ->> 'valueDateTime',
                answer ->> 'valueBoolean',
                answer ->> 'valueInteger',
                answer ->> 'valueDecimal',
                answer -> 'valueQuantity' ->> 'value'
            )
        ),
        ''
    ) as answer,
    pipec.fhir_date(coalesce(answer ->> 'valueDate', answer ->> 'valueDateTime')) as answer_date,
    cast(coalesce(
        answer ->> 'valueInteger',
        answer ->> 'valueDecimal',
        answer -> 'valueQuantity' ->> 'value'
    ) as numeric) as answer_number,
    cast(answer ->> 'valueBoolean' as boolean) as answer_flag
from answers;
comment on view engage_analytics_int.int_qr_answers_long is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_int.int_qr_answers_long', 'pipec: rows made under f9b69e3a5d1aadd8', false, array['engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_int.int_qr_answers_long');
grant select (qr_id, linkid, answer, answer_date, answer_number, answer_flag) on table engage_analytics_int.int_qr_answers_long to privacy_officer;
alter view engage_analytics_int.int_qr_answers_long set (security_barrier = true);
commit;
