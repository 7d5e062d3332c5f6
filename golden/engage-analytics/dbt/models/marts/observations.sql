-- One row per score of an assessment that stands.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_observations() }}'
  )
}}

select
    id,
    code,
    subject_id,
    response_id,
    observed_on,
    score
from {{ ref('stg_observation') }} as o
where status in ('final', 'amended', 'corrected')
