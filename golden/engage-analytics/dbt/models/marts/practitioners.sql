-- One row per practitioner, with organization and current role.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_practitioners() }}'
  )
}}

select
    p.id,
    p.active,
    po.organization_id,
    po.role,
    p.family,
    p.given,
    p.phone,
    p.email
from {{ ref('stg_practitioner') }} as p
left join {{ ref('int_practitioner_organization') }} as po on po.practitioner_id = p.id
