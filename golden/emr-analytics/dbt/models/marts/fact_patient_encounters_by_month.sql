-- Visits per month, facility, specialty and class.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    made.month,
    made.organization_id,
    made.specialty,
    made.encounter_class,
    made.encounters,
    made.patients,
    cast(made.total_cost as bignumeric) as total_cost
from (

select
    cast(datetime(date_trunc(started_on, month)) as date) as month,
    organization_id,
    specialty,
    encounter_class,
    count(*) as encounters,
    count(distinct patient_id) as patients,
    sum(total_cost) as total_cost
from {{ ref('fact_patient_encounters') }} as e
group by
    cast(datetime(date_trunc(started_on, month)) as date),
    organization_id,
    specialty,
    encounter_class

) as made
