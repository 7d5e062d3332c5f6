-- One row per location and organization that works there; a location without one stays.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_locations() }}'
  )
}}

select
    l.id,
    l.name,
    l.status,
    l.kind,
    l.street_address,
    l.city,
    l.state,
    l.zip,
    l.part_of_id,
    a.organization_id
from {{ ref('stg_location') }} as l
left join {{ ref('stg_organization_affiliation') }} as a on a.location_id = l.id
