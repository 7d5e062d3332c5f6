-- Prescriptions.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.fact_patient_medications as
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
from emr_intermediate.int_medications as m
inner join emr_intermediate.int_encounters as e on e.encounter_id = m.encounter_id;
