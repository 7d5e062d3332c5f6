-- One row per location where care is given.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_location'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_location';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_location';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_location'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_location');
end
$body$;
create view engage_analytics_stg.stg_location as
select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'name' as name,
    resource -> 'physicalType' -> 'coding' -> 0 ->> 'display' as kind,
    resource -> 'address' -> 'line' ->> 0 as street_address,
    resource -> 'address' ->> 'city' as city,
    resource -> 'address' ->> 'state' as state,
    resource -> 'address' ->> 'postalCode' as zip,
    pipec.ref_id(resource -> 'partOf' ->> 'reference') as part_of_id,
    _airbyte_extracted_at as loaded_at
from airbyte.location
order by id, _airbyte_extracted_at desc;
comment on view engage_analytics_stg.stg_location is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_location', 'pipec: rows made under 230d8e9b609241fb', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_location');
grant select (id, status, name, kind, street_address, city, state, zip, part_of_id, loaded_at) on table engage_analytics_stg.stg_location to privacy_officer;
alter view engage_analytics_stg.stg_location set (security_barrier = true);
commit;
