-- Facilities.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    organization_id,
    organization_name,
    city,
    state,
    zip
from {{ ref('int_organizations') }} as o
