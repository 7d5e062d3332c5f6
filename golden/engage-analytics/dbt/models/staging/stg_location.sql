-- One row per location where care is given.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_stg',
    post_hook='{{ pipec_access_to_stg_location() }}'
  )
}}

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'name' as name,
    resource -> 'physicalType' -> 'coding' -> 0 ->> 'display' as kind,
    resource -> 'address' -> 'line' ->> 0 as street_address,
    resource -> 'address' ->> 'city' as city,
    resource -> 'address' ->> 'state' as state,
    resource -> 'address' ->> 'postalCode' as zip,
    pipec.ref_id(resource -> 'partOf' ->> 'reference') as part_of_id,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'location') }} as location
order by id, _airbyte_extracted_at desc
