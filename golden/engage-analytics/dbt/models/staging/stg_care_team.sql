-- One row per care team, with its members still together.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_stg',
    post_hook='{{ pipec_access_to_stg_care_team() }}'
  )
}}

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'name' as name,
    pipec.ref_id(resource -> 'managingOrganization' -> 0 ->> 'reference') as organization_id,
    resource -> 'participant' as members,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'care_team') }} as care_team
order by id, _airbyte_extracted_at desc
