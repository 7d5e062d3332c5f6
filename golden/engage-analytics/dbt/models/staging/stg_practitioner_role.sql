-- One row per role of a practitioner in an organization.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_stg',
    post_hook='{{ pipec_access_to_stg_practitioner_role() }}'
  )
}}

select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    pipec.ref_id(resource -> 'practitioner' ->> 'reference') as practitioner_id,
    pipec.ref_id(resource -> 'organization' ->> 'reference') as organization_id,
    resource -> 'code' -> 0 -> 'coding' -> 0 ->> 'display' as role,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'practitioner_role') }} as practitioner_role
order by id, _airbyte_extracted_at desc
