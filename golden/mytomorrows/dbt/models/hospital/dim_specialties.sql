-- The specialties there are.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_hospital',
    post_hook='{{ pipec_access_to_dim_specialties() }}'
  )
}}

select distinct
    specialty
from {{ ref('int_procedures') }} as p
