-- Procedures and cost by month and procedure group.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_executive.exec_monthly";
create table "mytomorrows_executive.exec_monthly" as
select
    pipec_date_trunc_mask(performed_on, 'month') as month,
    procedure_group,
    count(distinct patient_id) as patients,
    count(*) as procedures,
    sum(base_cost) as total_cost,
    pipec_round(pipec_divide(sum(base_cost), count(distinct patient_id)), 2) as cost_per_patient,
    rank() over (
        partition by pipec_date_trunc_mask(performed_on, 'month')
        order by sum(base_cost) desc nulls first
    ) as cost_rank
from "mytomorrows_int.int_procedures" as p
group by pipec_date_trunc_mask(performed_on, 'month'), procedure_group
having
    count(distinct patient_id) >= 11
    and count(distinct base_cost) >= 11;
commit;
