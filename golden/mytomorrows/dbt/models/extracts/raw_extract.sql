-- One row per procedure, with what it cost and who was insured.
-- Written by pipec from extracts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_extracts',
    post_hook='{{ pipec_access_to_raw_extract() }}'
  )
}}

select
    pipec.hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'staff') as procedure_id,
    pipec.hmac_token(cast(encounter_id as text), 'PSEUDONYM_KEY', 'staff') as encounter_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'staff') as patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    pipec.year_of(performed_on) as performed_year
from {{ ref('int_extract') }} as base
