-- `exec_kpis` as Tableau shows it: the table's columns, and whom each row is for.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_tableau.tableau_exec_kpis'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_tableau.tableau_exec_kpis';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_tableau.tableau_exec_kpis';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_tableau.tableau_exec_kpis'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_tableau.tableau_exec_kpis');
end
$body$;
create view mytomorrows_tableau.tableau_exec_kpis as
select
    metric_id,
    unit,
    grain,
    period_date,
    procedure_group,
    value
from mytomorrows_executive.exec_kpis as shown;
comment on view mytomorrows_tableau.tableau_exec_kpis is 'pipec: made anew by every build';
call mytomorrows_access.reset('mytomorrows_tableau.tableau_exec_kpis');
grant select (metric_id, unit, grain, period_date, procedure_group, value) on table mytomorrows_tableau.tableau_exec_kpis to mytomorrows_tableau;
alter view mytomorrows_tableau.tableau_exec_kpis set (security_barrier = true);
alter view mytomorrows_tableau.tableau_exec_kpis set (security_barrier = true);
commit;
