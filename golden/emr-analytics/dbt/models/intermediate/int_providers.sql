-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='emr_intermediate',
    unique_key=['provider_id'],
    incremental_strategy='merge',
    on_schema_change='fail'
  )
}}

with new_rows as (

select
    provider_id,
    organization_id,
    provider_name,
    specialty,
    ingested_at
from {{ ref('stg_providers') }} as p
qualify row_number() over (partition by provider_id order by provider_id, ingested_at desc) = 1
order by provider_id, ingested_at desc

)

select
    new_rows.provider_id,
    new_rows.organization_id,
    new_rows.provider_name,
    new_rows.specialty,
    new_rows.ingested_at
from new_rows
{% if is_incremental() %}
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from {{ this }} as old_rows), new_rows.ingested_at)
{% endif %}
