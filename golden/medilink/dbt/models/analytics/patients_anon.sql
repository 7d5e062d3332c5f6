-- Patients, de-identified.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_analytics',
    post_hook='{{ pipec_access_to_patients_anon() }}'
  )
}}

select
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    sex,
    pipec.age_band(dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 10, 90) as age_band,
    pipec.keep_last(phone, 4) as phone
from {{ ref('patients') }} as base
