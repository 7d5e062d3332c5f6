-- One row per organization.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    id,
    name,
    kind,
    active
from engage_analytics_stg.stg_organization as o;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.organizations'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.organizations';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.organizations';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.organizations'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.organizations');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to organizations;
comment on table engage_analytics_mart.organizations is 'pipec: made anew by every build';
alter table engage_analytics_mart.organizations owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.organizations', 'pipec: rows made under de3c5834542205fc', false, array['engage_analytics_stg.stg_organization']::text[], array['pipec: rows made under e3657c0b0410f4d5']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.organizations');
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to analyst;
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to engage_analytics_exporter;
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.organizations', 'analyst', 'ED-2026-01', '2027-12-31');
commit;
