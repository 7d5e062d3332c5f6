-- One row per care plan.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_care_plans() }}'
  )
}}

select
    c.id,
    c.status,
    c.title,
    c.description,
    c.subject_id,
    po.practitioner_id,
    po.organization_id,
    c.created_on
from {{ ref('stg_care_plan') }} as c
left join {{ ref('int_practitioner_organization') }} as po on po.practitioner_id = c.author_id
