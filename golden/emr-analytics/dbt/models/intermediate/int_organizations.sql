-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='emr_intermediate',
    unique_key=['organization_id'],
    incremental_strategy='merge',
    on_schema_change='fail'
  )
}}

with new_rows as (

select
    organization_id,
    organization_name,
    city,
    state,
    zip,
    ingested_at
from {{ ref('stg_organizations') }} as o
qualify row_number() over (
    partition by organization_id
    order by organization_id, ingested_at desc
) = 1
order by organization_id, ingested_at desc

)

select
    new_rows.organization_id,
    new_rows.organization_name,
    new_rows.city,
    new_rows.state,
    new_rows.zip,
    new_rows.ingested_at
from new_rows
{% if is_incremental() %}
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from {{ this }} as old_rows), new_rows.ingested_at)
{% endif %}
