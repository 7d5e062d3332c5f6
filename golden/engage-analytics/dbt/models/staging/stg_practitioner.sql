-- One row per practitioner.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_stg',
    post_hook='{{ pipec_access_to_stg_practitioner() }}'
  )
}}

select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    resource -> 'name' -> 0 ->> 'family' as family,
    resource -> 'name' -> 0 -> 'given' ->> 0 as given,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone")') ->> 'value' as phone,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "email")') ->> 'value' as email,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'practitioner') }} as practitioner
order by id, _airbyte_extracted_at desc
