-- The ten medications that most people of an age group were given.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

with given as (
    select
        p.age_group,
        m.medication_code,
        d.description,
        count(distinct m.patient_id) as patients,
        count(*) as prescriptions
    from {{ ref('fact_patient_medications') }} as m
    inner join {{ ref('dim_patients') }} as p on p.patient_id = m.patient_id
    inner join {{ ref('dim_medications') }} as d on d.medication_code = m.medication_code
    group by p.age_group, m.medication_code, d.description
),

ranked as (
    select
        age_group,
        medication_code,
        description,
        patients,
        prescriptions,
        row_number() over (
            partition by age_group
            order by patients desc, prescriptions desc, medication_code
        ) as place
    from given as g
)

select
    age_group,
    place,
    medication_code,
    description,
    patients,
    prescriptions
from ranked as r
where place <= 10
