-- One row per organization.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_organizations() }}'
  )
}}

select
    id,
    name,
    kind,
    active
from {{ ref('stg_organization') }} as o
