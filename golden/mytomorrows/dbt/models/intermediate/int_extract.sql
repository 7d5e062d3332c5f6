-- Written by pipec from extracts.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_int',
    post_hook='{{ pipec_access_to_int_extract() }}'
  )
}}

select
    procedure_id,
    encounter_id,
    patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_on
from {{ ref('int_procedures') }} as p
