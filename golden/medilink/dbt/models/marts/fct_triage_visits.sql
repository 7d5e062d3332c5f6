-- One row per triage visit.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_marts',
    post_hook='{{ pipec_access_to_fct_triage_visits() }}'
  )
}}

select
    v.visit_id,
    v.patient_id,
    v.facility_id,
    cast(v.visited_at as date) as visited_on,
    cast(extract(hour from v.visited_at) as integer) as hour_of_day,
    v.triage_level,
    v.priority,
    v.conditions,
    v.condition_count,
    v.recommendation_count,
    p.sex,
    p.dob,
    f.state,
    f.category
from {{ ref('triage_visits') }} as v
inner join {{ ref('patients') }} as p on p.patient_id = v.patient_id
inner join {{ ref('facilities') }} as f on f.facility_id = v.facility_id
