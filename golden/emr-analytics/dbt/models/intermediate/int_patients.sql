-- The latest version of each patient.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='emr_intermediate',
    unique_key=['patient_id'],
    incremental_strategy='merge',
    on_schema_change='fail'
  )
}}

with new_rows as (

select
    patient_id,
    birth_date,
    death_date,
    first_name,
    last_name,
    race,
    ethnicity,
    gender,
    city,
    state,
    zip,
    death_date is not null as is_deceased,
    ingested_at
from {{ ref('stg_patients') }} as p
qualify row_number() over (partition by patient_id order by patient_id, ingested_at desc) = 1
order by patient_id, ingested_at desc

)

select
    new_rows.patient_id,
    new_rows.birth_date,
    new_rows.death_date,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.race,
    new_rows.ethnicity,
    new_rows.gender,
    new_rows.city,
    new_rows.state,
    new_rows.zip,
    new_rows.is_deceased,
    new_rows.ingested_at
from new_rows
{% if is_incremental() %}
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from {{ this }} as old_rows), new_rows.ingested_at)
{% endif %}
