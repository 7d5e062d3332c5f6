-- One row per questionnaire response, whatever its status: a completed one may still be taken back.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='engage_analytics_stg',
    unique_key=['id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, '7516d0f1afbd08ff') }}", '{{ pipec_access_to_stg_questionnaire_response() }}']
  )
}}

with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    split_part(resource ->> 'questionnaire', '|', 1) as questionnaire_id,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'encounter' ->> 'reference') as encounter_id,
    pipec.ref_id(resource -> 'author' ->> 'reference') as author_id,
    pipec.fhir_date(resource ->> 'authored') as authored_on,
    resource -> 'item' as items,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'questionnaire_response') }} as questionnaire_response
order by id, _airbyte_extracted_at desc

)

select
    new_rows.id,
    new_rows.status,
    new_rows.questionnaire_id,
    new_rows.subject_id,
    new_rows.encounter_id,
    new_rows.author_id,
    new_rows.authored_on,
    new_rows.items,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
{% endif %}
