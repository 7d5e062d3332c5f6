-- `client_report` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from clients.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_client_report() }}'
  )
}}

select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    performed_year,
    organization,
    payer,
    patient_id,
    age_bucket,
    gender,
    (client = 'United Healthcare') is true as pipec_seen_by_client_uhc
from {{ ref('client_report') }} as shown
where client = 'United Healthcare'
