-- One row per observation: the scores of the assessments. A number may come as integer or as quantity.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='engage_analytics_stg',
    unique_key=['id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, '33051cf50e240e49') }}", '{{ pipec_access_to_stg_observation() }}']
  )
}}

with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource -> 'code' -> 'coding' -> 0 ->> 'code' as code,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'derivedFrom' -> 0 ->> 'reference') as response_id,
    pipec.fhir_date(resource ->> 'effectiveDateTime') as observed_on,
    coalesce(
        cast(cast(resource ->> 'valueInteger' as integer) as numeric),
        cast(resource -> 'valueQuantity' ->> 'value' as numeric)
    ) as score,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'observation') }} as observation
order by id, _airbyte_extracted_at desc

)

select
    new_rows.id,
    new_rows.status,
    new_rows.code,
    new_rows.subject_id,
    new_rows.response_id,
    new_rows.observed_on,
    new_rows.score,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
{% endif %}
