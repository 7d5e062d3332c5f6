-- Procedures and cost by month and procedure group.
-- Written by pipec from executive.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_executive',
    post_hook='{{ pipec_access_to_exec_monthly() }}'
  )
}}

select
    pipec.date_trunc_mask(performed_on, 'month') as month,
    procedure_group,
    count(distinct patient_id) as patients,
    count(*) as procedures,
    sum(base_cost) as total_cost,
    round(sum(base_cost) / count(distinct patient_id), 2) as cost_per_patient,
    rank() over (
        partition by pipec.date_trunc_mask(performed_on, 'month')
        order by sum(base_cost) desc
    ) as cost_rank
from {{ ref('int_procedures') }} as p
group by pipec.date_trunc_mask(performed_on, 'month'), procedure_group
having
    count(distinct patient_id) >= 11
    and count(distinct base_cost) >= 11
