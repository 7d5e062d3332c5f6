-- `client_patients` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from clients.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_client_patients() }}'
  )
}}

select
    client,
    procedure_group,
    patient_id,
    procedures,
    total_cost,
    latest_year,
    (client = 'United Healthcare') is true as pipec_seen_by_client_uhc
from {{ ref('client_patients') }} as shown
where client = 'United Healthcare'
