-- Written by pipec from staging.pipe; change it there, not here.
create or replace view emr_staging.stg_medications as
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
from emr_raw.medications as m;
