-- `facilities` as the API `public` shows it.
-- Written by pipec from core.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api',
    post_hook='{{ pipec_access_to_public_facilities() }}'
  )
}}

select
    facility_id,
    name,
    state,
    lga,
    lat,
    lon,
    category,
    type
from {{ ref('facilities') }} as shown
