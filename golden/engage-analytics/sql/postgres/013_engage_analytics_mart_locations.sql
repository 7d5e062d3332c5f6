-- One row per location and organization that works there; a location without one stays.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    l.id,
    l.name,
    l.status,
    l.kind,
    l.street_address,
    l.city,
    l.state,
    l.zip,
    l.part_of_id,
    a.organization_id
from engage_analytics_stg.stg_location as l
left join engage_analytics_stg.stg_organization_affiliation as a on a.location_id = l.id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.locations'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.locations';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.locations';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.locations'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.locations');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to locations;
comment on table engage_analytics_mart.locations is 'pipec: made anew by every build';
alter table engage_analytics_mart.locations owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.locations', 'pipec: rows made under 807385408fd76e8b', false, array['engage_analytics_stg.stg_location', 'engage_analytics_stg.stg_organization_affiliation']::text[], array['pipec: rows made under 230d8e9b609241fb', 'pipec: rows made under 94d608833f82ceb9']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.locations');
grant select (id, name, status, kind, street_address, city, state, zip, part_of_id, organization_id) on table engage_analytics_mart.locations to engage_analytics_exporter;
grant select (id, name, status, kind, street_address, city, state, zip, part_of_id, organization_id) on table engage_analytics_mart.locations to privacy_officer;
commit;
