-- One row per encounter.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_stg',
    post_hook='{{ pipec_access_to_stg_encounters() }}'
  )
}}

select distinct on (encounter_id)
    encounter_id,
    patient_id,
    organization_id,
    payer_id,
    started_at,
    description,
    loaded_at
from {{ source('raw', 'encounters') }} as encounters
order by encounter_id, loaded_at desc
