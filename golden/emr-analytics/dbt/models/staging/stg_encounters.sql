-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='emr_staging'
  )
}}

select
    made.encounter_id,
    made.patient_id,
    made.organization_id,
    made.provider_id,
    made.encounter_class,
    made.started_at,
    made.stopped_at,
    made.encounter_code,
    made.encounter_description,
    cast(made.base_cost as numeric(12, 2)) as base_cost,
    cast(made.total_cost as numeric(12, 2)) as total_cost,
    made.reason_code,
    made.reason_description,
    made.ingested_at
from (

select
    id as encounter_id,
    patient as patient_id,
    organization as organization_id,
    provider as provider_id,
    encounterclass as encounter_class,
    pipec.fhir_timestamp(start) as started_at,
    pipec.fhir_timestamp(stop) as stopped_at,
    code as encounter_code,
    description as encounter_description,
    cast(base_encounter_cost as numeric(12, 2)) as base_cost,
    cast(total_claim_cost as numeric(12, 2)) as total_cost,
    reasoncode as reason_code,
    reasondescription as reason_description,
    ingested_at
from {{ source('emr', 'encounters') }} as e

) as made
