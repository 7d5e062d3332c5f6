-- What the dashboard shows.
-- Written by pipec from metrics.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    made.metric_id,
    made.unit,
    made.grain,
    made.period_date,
    made.medication,
    cast(made.value as bignumeric) as value
from (

with patients_medicated as (
    select
        cast(datetime_trunc(cast(day as datetime), year) as date) as period_date,
        medication,
        cast(count(distinct patient_id) as bignumeric) as value
    from {{ ref('prescriptions') }} as m
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
from patients_medicated

) as made
