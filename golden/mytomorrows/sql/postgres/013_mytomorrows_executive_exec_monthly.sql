-- Procedures and cost by month and procedure group.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_executive.pipec_new;
create table mytomorrows_executive.pipec_new as
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
from mytomorrows_int.int_procedures as p
group by pipec.date_trunc_mask(performed_on, 'month'), procedure_group
having count(distinct patient_id) >= 11;
drop table if exists mytomorrows_executive.exec_monthly cascade;
alter table mytomorrows_executive.pipec_new rename to exec_monthly;
alter table mytomorrows_executive.exec_monthly owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_executive.exec_monthly');
grant select (month, procedure_group, patients, procedures, total_cost, cost_per_patient, cost_rank) on table mytomorrows_executive.exec_monthly to finance;
commit;
