-- `dim_patients` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api_wards',
    post_hook='{{ pipec_access_to_wards_patients() }}'
  )
}}

select
    patient_id,
    facility_id,
    first_name,
    last_name,
    full_name,
    sex,
    dob,
    age,
    age_group,
    phone,
    phone_is_valid,
    record_count,
    visit_count,
    last_visit_on,
    risk,
    engagement
from {{ ref('dim_patients') }} as shown
