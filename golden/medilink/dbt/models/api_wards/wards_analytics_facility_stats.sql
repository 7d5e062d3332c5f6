-- `facility_performance` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api_wards',
    post_hook='{{ pipec_access_to_wards_analytics_facility_stats() }}'
  )
}}

select
    facility_id,
    name,
    state,
    visit_count,
    volume,
    average_level,
    visits_per_month,
    critical_share
from {{ ref('facility_performance') }} as shown
