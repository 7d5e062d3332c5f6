-- One row per prescription, with who got it.
-- Written by pipec from metrics.pipe; change it there, not here.
create or replace table emr_marts.prescriptions as
select
    m.patient_id,
    m.organization_id,
    d.description as medication,
    cast(datetime(m.started_at, 'UTC') as date) as day
from emr_marts.fact_patient_medications as m
inner join emr_marts.dim_medications as d on d.medication_code = m.medication_code;
