-- One row per procedure of a client's members: no name, no id, no day.
-- Written by pipec from clients.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_clients',
    post_hook='{{ pipec_access_to_client_report() }}'
  )
}}

select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    pipec.year_of(performed_on) as performed_year,
    organization,
    payer,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'clients') as patient_id,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 10, 90) as age_bucket,
    gender
from {{ ref('int_client_procedures') }} as base
