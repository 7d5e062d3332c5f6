-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='emr_staging'
  )
}}

select
    id as patient_id,
    cast(birthdate as date) as birth_date,
    cast(deathdate as date) as death_date,
    first as first_name,
    last as last_name,
    race,
    ethnicity,
    gender,
    city,
    state,
    zip,
    ingested_at
from {{ source('emr', 'patients') }} as p
