-- How often each diagnosis is made, and how severe the visits of those who have it are.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_analytics',
    post_hook='{{ pipec_access_to_condition_analysis() }}'
  )
}}

with worst as (
    select
        patient_id,
        min(triage_level) as level
    from {{ ref('triage_visits') }} as v
    group by patient_id
)

select
    r.diagnosis,
    r.state,
    count(*) as cases,
    count(distinct r.patient_id) as patients,
    round(avg(w.level), 2) as average_worst
from {{ ref('fct_medical_records') }} as r
left join worst as w on w.patient_id = r.patient_id
where r.diagnosis is not null
group by r.diagnosis, r.state
