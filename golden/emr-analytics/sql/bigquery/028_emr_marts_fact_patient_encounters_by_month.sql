-- Visits per month, facility, specialty and class.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.fact_patient_encounters_by_month as
select
    cast(datetime(date_trunc(started_on, month)) as date) as month,
    organization_id,
    specialty,
    encounter_class,
    count(*) as encounters,
    count(distinct patient_id) as patients,
    sum(total_cost) as total_cost
from emr_marts.fact_patient_encounters as e
group by
    cast(datetime(date_trunc(started_on, month)) as date),
    organization_id,
    specialty,
    encounter_class;
