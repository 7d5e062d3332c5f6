-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='emr_staging'
  )
}}

select
    patient as patient_id,
    encounter as encounter_id,
    code as condition_code,
    description,
    cast(start as date) as started_on,
    cast(stop as date) as resolved_on,
    ingested_at
from {{ source('emr', 'conditions') }} as c
