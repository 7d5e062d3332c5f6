-- One row per patient.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_stg',
    post_hook='{{ pipec_access_to_stg_patients() }}'
  )
}}

select distinct on (patient_id)
    patient_id,
    first_name,
    last_name,
    email,
    phone,
    address,
    city,
    state,
    zip,
    date_of_birth,
    gender,
    loaded_at
from {{ source('raw', 'patients') }} as patients
order by patient_id, loaded_at desc
