-- United Healthcare: what is exported. A file hides no rows, so it holds only their own.
-- Written by pipec from clients.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_clients',
    post_hook='{{ pipec_access_to_client_uhc_export() }}'
  )
}}

select
    procedure_group,
    patient_id,
    procedures,
    total_cost,
    latest_year
from {{ ref('client_patients') }} as p
where client = 'United Healthcare'
