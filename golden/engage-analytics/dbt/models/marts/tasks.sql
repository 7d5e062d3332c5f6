-- One row per task, with the organization of its owner.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_tasks() }}'
  )
}}

select
    t.id,
    t.status,
    t.code,
    t.name,
    t.description,
    t.subject_id,
    po.practitioner_id,
    po.organization_id,
    t.authored_on,
    t.modified_on
from {{ ref('stg_task') }} as t
left join {{ ref('int_practitioner_organization') }} as po on po.practitioner_id = t.owner_id
