-- `facilities` as the API `public` shows it.
-- Written by pipec from core.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api.public_facilities'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api.public_facilities';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api.public_facilities';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api.public_facilities'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api.public_facilities');
end
$body$;
create view api.public_facilities as
select
    facility_id,
    name,
    state,
    lga,
    lat,
    lon,
    category,
    type
from medilink_core.facilities as shown;
comment on view api.public_facilities is 'pipec: made anew by every build';
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.reset('api.public_facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type) on table api.public_facilities to api_reader;
alter view api.public_facilities set (security_barrier = true);
commit;
