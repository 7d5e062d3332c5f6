-- One row per organization.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_stg',
    post_hook='{{ pipec_access_to_stg_organization() }}'
  )
}}

select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    resource ->> 'name' as name,
    resource -> 'type' -> 0 -> 'coding' -> 0 ->> 'display' as kind,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'organization') }} as organization
order by id, _airbyte_extracted_at desc
