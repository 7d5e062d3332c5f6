-- `exec_monthly` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from executive.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_exec_monthly() }}'
  )
}}

select
    month,
    procedure_group,
    patients,
    procedures,
    total_cost,
    cost_per_patient,
    cost_rank
from {{ ref('exec_monthly') }} as shown
