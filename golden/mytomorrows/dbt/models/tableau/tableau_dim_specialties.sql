-- `dim_specialties` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from hospital.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_dim_specialties() }}'
  )
}}

select
    specialty
from {{ ref('dim_specialties') }} as shown
