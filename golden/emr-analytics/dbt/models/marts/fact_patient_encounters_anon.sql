-- Written by pipec from governance.pipe; change it there, not here.
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
    made.year,
    made.is_inpatient,
    cast(made.total_cost as numeric(12, 2)) as total_cost,
    made.reason_code
from (

select
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'analysts') as encounter_id,
    pipec.hmac_token(patient_id, 'PSEUDONYM_KEY', 'analysts') as patient_id,
    organization_id,
    pipec.hmac_token(provider_id, 'PSEUDONYM_KEY', 'analysts') as provider_id,
    specialty,
    encounter_class,
    extract(year from started_at at time zone 'UTC') as year,
    is_inpatient,
    total_cost,
    reason_code
from {{ ref('fact_patient_encounters') }} as base

) as made
