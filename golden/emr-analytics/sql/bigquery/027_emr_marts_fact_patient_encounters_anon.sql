-- Written by pipec from governance.pipe; change it there, not here.
create or replace table emr_marts.fact_patient_encounters_anon as
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
from emr_marts.fact_patient_encounters as base;
