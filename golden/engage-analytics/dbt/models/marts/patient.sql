-- One row per patient, with the organization and practitioner of the latest encounter.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_patient() }}'
  )
}}

with latest as (
    select
        subject_id,
        organization_id,
        practitioner_id,
        row_number() over (partition by subject_id order by period_start desc nulls last, id) as rn
    from {{ ref('encounters') }} as e
    where subject_id is not null
)

select
    p.id,
    p.active,
    p.gender,
    p.birth_date,
    pipec.age_years(p.birth_date, {{ run_date() }}, 90) as age_years,
    p.deceased,
    p.family,
    p.given,
    p.phone,
    p.email,
    p.street_address,
    p.city,
    p.state,
    p.zip,
    p.medicaid_number,
    p.registration_date,
    l.organization_id,
    l.practitioner_id
from {{ ref('stg_patient') }} as p
left join latest as l
    on l.subject_id = p.id
    and l.rn = 1
