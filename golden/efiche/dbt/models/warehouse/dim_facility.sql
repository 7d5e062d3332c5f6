-- One row per facility.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_facility() }}'
  )
}}

select
    row_number() over (order by id) as facility_key,
    id as facility_id,
    name,
    facility_type,
    district
from {{ source('operational', 'facilities') }} as f
