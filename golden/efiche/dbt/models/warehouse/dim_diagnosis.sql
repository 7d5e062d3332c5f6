-- One row per code of ICD-10.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_diagnosis() }}'
  )
}}

select
    row_number() over (order by code) as diagnosis_key,
    code,
    description,
    chapter
from {{ source('operational', 'diagnosis_codes') }} as d
