-- One row per encounter that took place or was planned, with the organization of who held it.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_encounters() }}'
  )
}}

select
    e.id,
    e.status,
    e.class_code,
    e.service,
    e.reason,
    e.subject_id,
    po.practitioner_id,
    po.organization_id,
    e.encounter_date,
    e.period_start,
    e.period_end
from {{ ref('stg_encounter') }} as e
left join {{ ref('int_practitioner_organization') }} as po on po.practitioner_id = e.practitioner_id
where e.status <> 'entered-in-error'
