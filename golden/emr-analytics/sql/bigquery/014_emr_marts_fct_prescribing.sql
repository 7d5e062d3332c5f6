-- What the dashboard shows.
-- Written by pipec from metrics.pipe; change it there, not here.
create or replace table emr_marts.fct_prescribing as
with patients_medicated as (
    select
        cast(datetime_trunc(cast(day as datetime), year) as date) as period_date,
        medication,
        cast(count(distinct patient_id) as bignumeric) as value
    from emr_marts.prescriptions as m
    where day is not null
    group by cast(datetime_trunc(cast(day as datetime), year) as date), medication
    having count(distinct patient_id) >= 11
)

select
    'patients_medicated' as metric_id,
    'count' as unit,
    'year' as grain,
    period_date,
    medication,
    value
from patients_medicated;
