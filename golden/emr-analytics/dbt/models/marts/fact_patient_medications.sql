-- Prescriptions.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    made.encounter_id,
    made.medication_code,
    made.patient_id,
    made.organization_id,
    made.started_at,
    made.stopped_at,
    made.dispenses,
    cast(made.total_cost as bignumeric) as total_cost,
    made.reason_code
from (

select
    m.encounter_id,
    m.medication_code,
    m.patient_id,
    e.organization_id,
    m.started_at,
    m.stopped_at,
    m.dispenses,
    m.total_cost,
    m.reason_code
from {{ ref('int_medications') }} as m
inner join {{ ref('int_encounters') }} as e on e.encounter_id = m.encounter_id

) as made
