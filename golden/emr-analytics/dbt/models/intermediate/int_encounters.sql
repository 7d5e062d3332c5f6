-- The latest version of each encounter, with how long it took.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='emr_intermediate',
    unique_key=['encounter_id'],
    incremental_strategy='merge',
    on_schema_change='fail'
  )
}}

with new_rows as (

select
    made.encounter_id,
    made.patient_id,
    made.organization_id,
    made.provider_id,
    made.encounter_class,
    made.started_at,
    made.stopped_at,
    made.encounter_code,
    made.encounter_description,
    cast(made.base_cost as numeric(12, 2)) as base_cost,
    cast(made.total_cost as numeric(12, 2)) as total_cost,
    made.reason_code,
    made.reason_description,
    made.started_on,
    made.stay_days,
    made.is_inpatient,
    made.ingested_at
from (

select
    encounter_id,
    patient_id,
    organization_id,
    provider_id,
    encounter_class,
    started_at,
    stopped_at,
    encounter_code,
    encounter_description,
    base_cost,
    total_cost,
    reason_code,
    reason_description,
    cast(datetime(started_at, 'UTC') as date) as started_on,
    date_diff(cast(datetime(stopped_at, 'UTC') as date), cast(datetime(started_at, 'UTC') as date), day) as stay_days,
    encounter_class = 'inpatient' as is_inpatient,
    ingested_at
from {{ ref('stg_encounters') }} as e
qualify row_number() over (partition by encounter_id order by encounter_id, ingested_at desc) = 1
order by encounter_id, ingested_at desc

) as made

)

select
    new_rows.encounter_id,
    new_rows.patient_id,
    new_rows.organization_id,
    new_rows.provider_id,
    new_rows.encounter_class,
    new_rows.started_at,
    new_rows.stopped_at,
    new_rows.encounter_code,
    new_rows.encounter_description,
    new_rows.base_cost,
    new_rows.total_cost,
    new_rows.reason_code,
    new_rows.reason_description,
    new_rows.started_on,
    new_rows.stay_days,
    new_rows.is_inpatient,
    new_rows.ingested_at
from new_rows
{% if is_incremental() %}
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from {{ this }} as old_rows), new_rows.ingested_at)
{% endif %}
