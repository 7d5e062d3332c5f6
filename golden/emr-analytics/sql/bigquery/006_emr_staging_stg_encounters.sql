-- Written by pipec from staging.pipe; change it there, not here.
create or replace view emr_staging.stg_encounters as
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
from emr_raw.encounters as e;
