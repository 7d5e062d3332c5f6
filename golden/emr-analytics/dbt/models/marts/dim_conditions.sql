-- Conditions, SNOMED CT.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    condition_code,
    max(description) as description
from {{ ref('stg_conditions') }} as c
group by condition_code
