-- Visits.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    made.encounter_id,
    made.patient_id,
    made.organization_id,
    made.provider_id,
    made.specialty,
    made.encounter_class,
    made.started_at,
    made.stopped_at,
    made.started_on,
    made.stay_days,
    made.is_inpatient,
    cast(made.total_cost as numeric(12, 2)) as total_cost,
    made.reason_code
from (

select
    e.encounter_id,
    e.patient_id,
    e.organization_id,
    e.provider_id,
    p.specialty,
    e.encounter_class,
    e.started_at,
    e.stopped_at,
    e.started_on,
    e.stay_days,
    e.is_inpatient,
    e.total_cost,
    e.reason_code
from {{ ref('int_encounters') }} as e
inner join {{ ref('int_providers') }} as p on p.provider_id = e.provider_id

) as made
