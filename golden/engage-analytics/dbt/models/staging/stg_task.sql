-- One row per task of a practitioner: follow-ups, reviews, forms to fill in.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='engage_analytics_stg',
    unique_key=['id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, 'd767ee6d45403ce8') }}", '{{ pipec_access_to_stg_task() }}']
  )
}}

with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource -> 'code' -> 'coding' -> 0 ->> 'code' as code,
    resource -> 'code' -> 'coding' -> 0 ->> 'display' as name,
    resource ->> 'description' as description,
    pipec.ref_id(resource -> 'for' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'owner' ->> 'reference') as owner_id,
    pipec.fhir_date(resource ->> 'authoredOn') as authored_on,
    pipec.fhir_date(resource ->> 'lastModified') as modified_on,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'task') }} as task
order by id, _airbyte_extracted_at desc

)

select
    new_rows.id,
    new_rows.status,
    new_rows.code,
    new_rows.name,
    new_rows.description,
    new_rows.subject_id,
    new_rows.owner_id,
    new_rows.authored_on,
    new_rows.modified_on,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
{% endif %}
