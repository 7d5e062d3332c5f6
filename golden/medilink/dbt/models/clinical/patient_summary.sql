-- One row per patient: the last twelve months.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_clinical',
    post_hook='{{ pipec_access_to_patient_summary() }}'
  )
}}

with records as (
    select
        patient_id,
        count(*) as record_count,
        string_agg(distinct diagnosis, ', ' order by diagnosis) as diagnoses
    from {{ ref('medical_records') }} as r
    where recorded_at >= {{ run_date() }} - interval '1 year'
    group by patient_id
),

visits as (
    select
        patient_id,
        count(*) as visit_count,
        count(*) filter (where triage_level = 1) as critical_count,
        sum(condition_count) as condition_count
    from {{ ref('triage_visits') }} as v
    where visited_at >= {{ run_date() }} - interval '1 year'
    group by patient_id
)

select
    p.patient_id,
    p.full_name,
    p.age_group,
    p.risk,
    p.engagement,
    coalesce(r.record_count, 0) as record_count,
    r.diagnoses,
    coalesce(v.visit_count, 0) as visit_count,
    coalesce(v.critical_count, 0) as critical_count,
    coalesce(v.condition_count, 0) as condition_count
from {{ ref('dim_patients') }} as p
left join records as r on r.patient_id = p.patient_id
left join visits as v on v.patient_id = p.patient_id
