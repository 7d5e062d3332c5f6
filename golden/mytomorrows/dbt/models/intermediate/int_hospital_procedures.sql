-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_int',
    post_hook='{{ pipec_access_to_int_hospital_procedures() }}'
  )
}}

select
    procedure_id,
    patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    date_of_birth
from {{ ref('int_procedures') }} as p
where client = 'Humana'
