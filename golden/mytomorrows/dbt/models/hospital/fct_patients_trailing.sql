-- Every day, patients helped in the thirty days up to it, and how that compares with the thirty before.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_hospital',
    post_hook='{{ pipec_access_to_fct_patients_trailing() }}'
  )
}}

select
    p.specialty,
    p.procedure_type,
    cast(d.day as date) as day,
    count(distinct p.patient_id) filter (
        where p.performed_on > cast(d.day as date) - 30
    ) as patients,
    count(distinct p.patient_id) filter (
        where p.performed_on <= cast(d.day as date) - 30
    ) as patients_before,
    round(
        100.0
        * (
            count(distinct p.patient_id) filter (where p.performed_on > cast(d.day as date) - 30)
            - count(distinct p.patient_id) filter (where p.performed_on <= cast(d.day as date) - 30)
        )
        / nullif(
            count(distinct p.patient_id) filter (where p.performed_on <= cast(d.day as date) - 30),
            0
        ),
        1
    ) as change_percent
from {{ ref('fct_procedures') }} as p
inner join lateral generate_series(cast(cast('2024-07-01' as date) as timestamp), cast({{ run_date() }} as timestamp), interval '1 day') as d(day)
    on p.performed_on between cast(d.day as date) - 59 and cast(d.day as date)
group by p.specialty, p.procedure_type, cast(d.day as date)
