-- The procedures of clients' members.
-- Written by pipec from clients.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_int',
    post_hook='{{ pipec_access_to_int_client_procedures() }}'
  )
}}

select
    client,
    procedure_group,
    code,
    description,
    base_cost,
    performed_on,
    organization,
    payer,
    patient_id,
    date_of_birth,
    gender
from {{ ref('int_procedures') }} as p
where client is not null
