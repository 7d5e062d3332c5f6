-- Patients, with their age on the first of January.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

with aged as (
    select
        patient_id,
        pipec.age_years(birth_date, date_trunc({{ run_date() }}, year), 90) as age
    from {{ ref('int_patients') }} as i
)

select
    p.patient_id,
    p.first_name,
    p.last_name,
    p.birth_date,
    p.death_date,
    p.is_deceased,
    p.gender,
    p.race,
    p.ethnicity,
    p.city,
    p.state,
    p.zip,
    a.age,
    case
        when a.age < 18 then '0-17'
        when a.age < 35 then '18-34'
        when a.age < 50 then '35-49'
        when a.age < 65 then '50-64'
        else '65+'
    end as age_group
from {{ ref('int_patients') }} as p
inner join aged as a on a.patient_id = p.patient_id
