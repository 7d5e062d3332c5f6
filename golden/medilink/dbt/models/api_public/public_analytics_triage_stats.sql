-- `triage_stats` as the API `public` shows it.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='api',
    post_hook='{{ pipec_access_to_public_analytics_triage_stats() }}'
  )
}}

select
    metric_id,
    unit,
    grain,
    period_date,
    state,
    value
from {{ ref('triage_stats') }} as shown
