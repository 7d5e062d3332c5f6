-- One row per FHIR patient. The current name and phone, whatever order the server keeps them in.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='engage_analytics_stg',
    unique_key=['id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, '07a08cb573d2fae0') }}", '{{ pipec_access_to_stg_patient() }}']
  )
}}

with new_rows as (

select distinct on (id)
    id,
    cast(resource ->> 'active' as boolean) as active,
    resource ->> 'gender' as gender,
    pipec.fhir_date(resource ->> 'birthDate') as birth_date,
    coalesce(
        cast(resource ->> 'deceasedBoolean' as boolean),
        resource ->> 'deceasedDateTime' is not null
    ) as deceased,
    coalesce(
        jsonb_path_query_first(resource -> 'name', '$[*] ? (@."use" == "official")') ->> 'family',
        resource -> 'name' -> 0 ->> 'family'
    ) as family,
    coalesce(
        jsonb_path_query_first(resource -> 'name', '$[*] ? (@."use" == "official")') -> 'given' ->> 0,
        resource -> 'name' -> 0 -> 'given' ->> 0
    ) as given,
    coalesce(
        jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone" && @."use" == "mobile")') ->> 'value',
        jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone" && !(@."use" == "old"))') ->> 'value'
    ) as phone,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "email")') ->> 'value' as email,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') -> 'line' ->> 0 as street_address,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') ->> 'city' as city,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') ->> 'state' as state,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') ->> 'postalCode' as zip,
    jsonb_path_query_first(resource -> 'identifier', '$[*] ? (@."system" == "urn:engage:medicaid")') ->> 'value' as medicaid_number,
    pipec.fhir_date(jsonb_path_query_first(resource -> 'identifier', '$[*] ? (@."use" == "official")') -> 'period' ->> 'start') as registration_date,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'patient') }} as patient
order by id, _airbyte_extracted_at desc

)

select
    new_rows.id,
    new_rows.active,
    new_rows.gender,
    new_rows.birth_date,
    new_rows.deceased,
    new_rows.family,
    new_rows.given,
    new_rows.phone,
    new_rows.email,
    new_rows.street_address,
    new_rows.city,
    new_rows.state,
    new_rows.zip,
    new_rows.medicaid_number,
    new_rows.registration_date,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
{% endif %}
