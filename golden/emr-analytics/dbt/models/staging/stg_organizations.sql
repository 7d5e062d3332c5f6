-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='emr_staging'
  )
}}

select
    id as organization_id,
    name as organization_name,
    city,
    state,
    zip,
    ingested_at
from {{ source('emr', 'organizations') }} as o
