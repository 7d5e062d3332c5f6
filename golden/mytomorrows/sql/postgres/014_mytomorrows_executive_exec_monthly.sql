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
having
    count(distinct patient_id) >= 11
    and count(distinct base_cost) >= 11;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_executive.exec_monthly'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_executive.exec_monthly';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_executive.exec_monthly';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_executive.exec_monthly'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_executive.exec_monthly');
end
$body$;
alter table mytomorrows_executive.pipec_new rename to exec_monthly;
comment on table mytomorrows_executive.exec_monthly is 'pipec: made anew by every build';
alter table mytomorrows_executive.exec_monthly owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_executive.exec_monthly');
grant select (month, procedure_group, patients, procedures, total_cost, cost_per_patient, cost_rank) on table mytomorrows_executive.exec_monthly to finance;
commit;
