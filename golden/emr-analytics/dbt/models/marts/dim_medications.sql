-- Medications, RxNorm.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    medication_code,
    max(description) as description
from {{ ref('stg_medications') }} as m
group by medication_code
