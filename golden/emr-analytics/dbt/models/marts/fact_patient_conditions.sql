-- Diagnoses of patients.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    c.encounter_id,
    c.condition_code,
    c.patient_id,
    e.organization_id,
    c.started_on,
    c.resolved_on,
    c.is_active
from {{ ref('int_conditions') }} as c
inner join {{ ref('int_encounters') }} as e on e.encounter_id = c.encounter_id
