-- One row per procedure.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_hospital',
    post_hook='{{ pipec_access_to_fct_procedures() }}'
  )
}}

select
    pipec.hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'hospital') as procedure_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'hospital') as patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 10, 90) as age_bucket
from {{ ref('int_hospital_procedures') }} as base
