-- One row per patient and procedure group: how often, what it cost, and the year of the latest.
-- Written by pipec from clients.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_clients',
    post_hook='{{ pipec_access_to_client_patients() }}'
  )
}}

select
    client,
    procedure_group,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'clients') as patient_id,
    count(*) as procedures,
    sum(base_cost) as total_cost,
    pipec.year_of(max(performed_on)) as latest_year
from {{ ref('int_procedures') }} as p
where client is not null
group by client, procedure_group, p.patient_id
