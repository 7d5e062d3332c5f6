-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='emr_staging'
  )
}}

select
    made.patient_id,
    made.encounter_id,
    made.medication_code,
    made.description,
    made.started_at,
    made.stopped_at,
    cast(made.base_cost as numeric(12, 2)) as base_cost,
    made.dispenses,
    made.reason_code,
    made.reason_description,
    made.ingested_at
from (

select
    patient as patient_id,
    encounter as encounter_id,
    code as medication_code,
    description,
    pipec.fhir_timestamp(start) as started_at,
    pipec.fhir_timestamp(stop) as stopped_at,
    cast(base_cost as numeric(12, 2)) as base_cost,
    cast(dispenses as int64) as dispenses,
    reasoncode as reason_code,
    reasondescription as reason_description,
    ingested_at
from {{ source('emr', 'medications') }} as m

) as made
