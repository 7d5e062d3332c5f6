-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='emr_staging'
  )
}}

select
    id as provider_id,
    organization as organization_id,
    name as provider_name,
    speciality as specialty,
    ingested_at
from {{ source('emr', 'providers') }} as p
