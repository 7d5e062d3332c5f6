-- One row per answer, however deep: items lie in items, and under answers.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_int',
    post_hook='{{ pipec_access_to_int_qr_answers_long() }}'
  )
}}

with recursive nodes as (
    select
        r.id as qr_id,
        i.value as node
    from {{ ref('stg_questionnaire_response') }} as r
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
from answers
