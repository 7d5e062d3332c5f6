-- `announced_visits` as the API `reception` shows it.
-- Written by pipec from core.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api_reception',
    post_hook='{{ pipec_access_to_reception_triage_visits() }}'
  )
}}

select
    announcement_id,
    patient_id,
    facility_id,
    triage_level,
    expected_on,
    announced_at
from {{ source('intake', 'announced_visits') }} as shown
