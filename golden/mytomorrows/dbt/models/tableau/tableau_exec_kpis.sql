-- `exec_kpis` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from executive.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_tableau',
    post_hook='{{ pipec_access_to_tableau_exec_kpis() }}'
  )
}}

select
    metric_id,
    unit,
    grain,
    period_date,
    procedure_group,
    value
from {{ ref('exec_kpis') }} as shown
