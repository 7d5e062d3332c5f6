-- Humana: what is exported. A file hides no rows, so it holds only their own.
-- Written by pipec from clients.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_clients.pipec_new;
create table mytomorrows_clients.pipec_new as
select
    procedure_group,
    patient_id,
    procedures,
    total_cost,
    latest_year
from mytomorrows_clients.client_patients as p
where client = 'Humana';
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_clients.client_humana_export'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_clients.client_humana_export';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_clients.client_humana_export';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_clients.client_humana_export'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_clients.client_humana_export');
end
$body$;
alter table mytomorrows_clients.pipec_new rename to client_humana_export;
comment on table mytomorrows_clients.client_humana_export is 'pipec: made anew by every build';
alter table mytomorrows_clients.client_humana_export owner to mytomorrows_owner;
call mytomorrows_access.mark_rows('mytomorrows_clients.client_humana_export', 'pipec: rows made under 3a21dc63cb88ca4e', false, array['mytomorrows_clients.client_patients']::text[], array['pipec: rows made under b89ebe97ab640a31']::text[]);
call mytomorrows_access.reset('mytomorrows_clients.client_humana_export');
grant select (procedure_group, patient_id, procedures, total_cost, latest_year) on table mytomorrows_clients.client_humana_export to mytomorrows_exporter;
alter table mytomorrows_clients.client_humana_export enable row level security;
alter table mytomorrows_clients.client_humana_export force row level security;
create policy pipec_owner on mytomorrows_clients.client_humana_export to mytomorrows_owner using (true) with check (true);
create policy pipec_select_mytomorrows_exporter on mytomorrows_clients.client_humana_export for select to mytomorrows_exporter using (
    true
);
commit;
