-- One row per care plan.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='engage_analytics_stg',
    unique_key=['id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, '6af4180a133e1d88') }}", '{{ pipec_access_to_stg_care_plan() }}']
  )
}}

with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'title' as title,
    resource ->> 'description' as description,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'author' ->> 'reference') as author_id,
    pipec.fhir_date(resource ->> 'created') as created_on,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'care_plan') }} as care_plan
order by id, _airbyte_extracted_at desc

)

select
    new_rows.id,
    new_rows.status,
    new_rows.title,
    new_rows.description,
    new_rows.subject_id,
    new_rows.author_id,
    new_rows.created_on,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
{% endif %}
