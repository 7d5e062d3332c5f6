-- `exec_monthly` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_tableau.tableau_exec_monthly'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_tableau.tableau_exec_monthly';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_tableau.tableau_exec_monthly';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_tableau.tableau_exec_monthly'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_tableau.tableau_exec_monthly');
end
$body$;
create view mytomorrows_tableau.tableau_exec_monthly as
select
    month,
    procedure_group,
    patients,
    procedures,
    total_cost,
    cost_per_patient,
    cost_rank
from mytomorrows_executive.exec_monthly as shown;
comment on view mytomorrows_tableau.tableau_exec_monthly is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_tableau.tableau_exec_monthly');
grant select (month, procedure_group, patients, procedures, total_cost, cost_per_patient, cost_rank) on table mytomorrows_tableau.tableau_exec_monthly to mytomorrows_tableau;
alter view mytomorrows_tableau.tableau_exec_monthly set (security_barrier = true);
alter view mytomorrows_tableau.tableau_exec_monthly set (security_barrier = true);
commit;
