-- Patients as researchers get them.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_patient_anon() }}'
  )
}}

select
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    sex,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 10, 90) as age_band
from {{ ref('dim_patient') }} as base
