-- Patients helped, by day.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_hospital',
    post_hook='{{ pipec_access_to_fct_patients_helped() }}'
  )
}}

select
    specialty,
    procedure_type,
    performed_on,
    count(distinct patient_id) as patients,
    count(*) as procedures
from {{ ref('fct_procedures') }} as p
group by specialty, procedure_type, performed_on
