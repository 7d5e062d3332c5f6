-- The same rows, for managers.
-- Written by pipec from extracts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_extracts',
    post_hook='{{ pipec_access_to_ops_procedures() }}'
  )
}}

select
    procedure_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_year
from {{ ref('raw_extract') }} as r
