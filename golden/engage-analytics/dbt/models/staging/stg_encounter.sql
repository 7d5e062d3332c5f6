-- One row per encounter, cancelled ones and mistakes included. The date is the clinic's own, whatever the time zone.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='engage_analytics_stg',
    unique_key=['id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, 'a2d5ce2f324f732e') }}", '{{ pipec_access_to_stg_encounter() }}']
  )
}}

with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource -> 'class' ->> 'code' as class_code,
    resource -> 'serviceType' -> 'coding' -> 0 ->> 'display' as service,
    resource -> 'reasonCode' -> 0 ->> 'text' as reason,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'participant' -> 0 -> 'individual' ->> 'reference') as practitioner_id,
    pipec.fhir_date(resource -> 'period' ->> 'start') as encounter_date,
    pipec.fhir_timestamp(resource -> 'period' ->> 'start') as period_start,
    pipec.fhir_timestamp(resource -> 'period' ->> 'end') as period_end,
    _airbyte_extracted_at as loaded_at
from {{ source('airbyte', 'encounter') }} as encounter
order by id, _airbyte_extracted_at desc

)

select
    new_rows.id,
    new_rows.status,
    new_rows.class_code,
    new_rows.service,
    new_rows.reason,
    new_rows.subject_id,
    new_rows.practitioner_id,
    new_rows.encounter_date,
    new_rows.period_start,
    new_rows.period_end,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
{% endif %}
