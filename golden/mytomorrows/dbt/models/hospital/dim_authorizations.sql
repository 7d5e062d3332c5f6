-- Specialties and users.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_hospital',
    post_hook='{{ pipec_access_to_dim_authorizations() }}'
  )
}}

select
    user_id,
    organization,
    department,
    string_to_array(allowed_specialties, ';') as allowed_specialties,
    is_hospice_authorized
from {{ source('raw', 'staff') }} as s
