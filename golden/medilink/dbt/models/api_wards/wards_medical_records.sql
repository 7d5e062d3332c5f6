-- `fct_medical_records` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api_wards',
    post_hook='{{ pipec_access_to_wards_medical_records() }}'
  )
}}

select
    record_id,
    patient_id,
    facility_id,
    record_type,
    recorded_at,
    recorded_on,
    days_since_created,
    diagnosis,
    treatment,
    medications,
    notes,
    sex,
    dob,
    state,
    category
from {{ ref('fct_medical_records') }} as shown
