-- The latest version of each diagnosis of an encounter.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='emr_intermediate',
    unique_key=['encounter_id', 'condition_code'],
    incremental_strategy='merge',
    on_schema_change='fail'
  )
}}

with new_rows as (

select
    encounter_id,
    condition_code,
    patient_id,
    description,
    started_on,
    resolved_on,
    resolved_on is null as is_active,
    ingested_at
from {{ ref('stg_conditions') }} as c
qualify row_number() over (
    partition by encounter_id, condition_code
    order by encounter_id, condition_code, ingested_at desc
) = 1
order by encounter_id, condition_code, ingested_at desc

)

select
    new_rows.encounter_id,
    new_rows.condition_code,
    new_rows.patient_id,
    new_rows.description,
    new_rows.started_on,
    new_rows.resolved_on,
    new_rows.is_active,
    new_rows.ingested_at
from new_rows
{% if is_incremental() %}
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from {{ this }} as old_rows), new_rows.ingested_at)
{% endif %}
