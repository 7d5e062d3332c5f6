-- Their visits: the year, the priority, and where.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_analytics',
    post_hook='{{ pipec_access_to_triage_anon() }}'
  )
}}

select
    pipec.hmac_token(cast(visit_id as text), 'PSEUDONYM_KEY', 'research') as visit_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    pipec.year_of(visited_on) as visited_on,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    sex,
    pipec.age_band(dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 10, 90) as age_band,
    state,
    category
from {{ ref('fct_triage_visits') }} as base
