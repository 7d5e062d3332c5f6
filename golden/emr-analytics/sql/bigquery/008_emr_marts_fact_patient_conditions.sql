-- Diagnoses of patients.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.fact_patient_conditions as
select
    c.encounter_id,
    c.condition_code,
    c.patient_id,
    e.organization_id,
    c.started_on,
    c.resolved_on,
    c.is_active
from emr_intermediate.int_conditions as c
inner join emr_intermediate.int_encounters as e on e.encounter_id = c.encounter_id;
