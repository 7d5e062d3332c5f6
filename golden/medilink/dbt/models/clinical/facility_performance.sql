-- One row per facility: how busy, how severe, how much a month.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_clinical',
    post_hook='{{ pipec_access_to_facility_performance() }}'
  )
}}

with months as (
    select
        facility_id,
        count(distinct date_trunc('month', visited_at)) as months,
        round(avg(triage_level), 2) as average_level
    from {{ ref('triage_visits') }} as v
    group by facility_id
)

select
    f.facility_id,
    f.name,
    f.state,
    f.visit_count,
    case
        when f.visit_count >= 150 then 'High'
        when f.visit_count >= 50 then 'Medium'
        else 'Low'
    end as volume,
    m.average_level,
    round(cast(f.visit_count as numeric) / nullif(m.months, 0), 1) as visits_per_month,
    round(100.0 * f.critical_count / nullif(f.visit_count, 0), 1) as critical_share
from {{ ref('dim_facilities') }} as f
left join months as m on m.facility_id = f.facility_id
