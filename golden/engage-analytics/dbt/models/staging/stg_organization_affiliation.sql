-- One row per affiliation of an organization with a location.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_stg',
    post_hook='{{ pipec_access_to_stg_organization_affiliation() }}'
  )
}}

select distinct on (id)
    id,
    pipec.ref_id(resource -> 'organization' ->> 'reference') as organization_id,
    pipec.ref_id(resource -> 'location' -> 0 ->> 'reference') as location_id,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'organization_affiliation') }} as organization_affiliation
order by id, _airbyte_extracted_at desc
