-- The latest version of each prescription of an encounter.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='emr_intermediate',
    unique_key=['encounter_id', 'medication_code'],
    incremental_strategy='merge',
    on_schema_change='fail'
  )
}}

with new_rows as (

select
    made.encounter_id,
    made.medication_code,
    made.patient_id,
    made.description,
    made.started_at,
    made.stopped_at,
    cast(made.base_cost as numeric(12, 2)) as base_cost,
    made.dispenses,
    made.reason_code,
    made.reason_description,
    cast(made.total_cost as bignumeric) as total_cost,
    made.ingested_at
from (

select
    encounter_id,
    medication_code,
    patient_id,
    description,
    started_at,
    stopped_at,
    base_cost,
    dispenses,
    reason_code,
    reason_description,
    base_cost * dispenses as total_cost,
    ingested_at
from {{ ref('stg_medications') }} as m
qualify row_number() over (
    partition by encounter_id, medication_code
    order by encounter_id, medication_code, ingested_at desc
) = 1
order by encounter_id, medication_code, ingested_at desc

) as made

)

select
    new_rows.encounter_id,
    new_rows.medication_code,
    new_rows.patient_id,
    new_rows.description,
    new_rows.started_at,
    new_rows.stopped_at,
    new_rows.base_cost,
    new_rows.dispenses,
    new_rows.reason_code,
    new_rows.reason_description,
    new_rows.total_cost,
    new_rows.ingested_at
from new_rows
{% if is_incremental() %}
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from {{ this }} as old_rows), new_rows.ingested_at)
{% endif %}
