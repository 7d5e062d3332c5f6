-- Visits.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.fact_patient_encounters as
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
from emr_intermediate.int_encounters as e
inner join emr_intermediate.int_providers as p on p.provider_id = e.provider_id;
