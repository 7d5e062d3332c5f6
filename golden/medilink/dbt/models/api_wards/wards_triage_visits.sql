-- `fct_triage_visits` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api_wards',
    post_hook='{{ pipec_access_to_wards_triage_visits() }}'
  )
}}

select
    visit_id,
    patient_id,
    facility_id,
    visited_on,
    hour_of_day,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    sex,
    dob,
    state,
    category
from {{ ref('fct_triage_visits') }} as shown
