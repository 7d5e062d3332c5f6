-- One row per organization.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_organization'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_organization';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_organization';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_organization'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_organization');
end
$body$;
create view engage_analytics_stg.stg_organization as
select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    resource ->> 'name' as name,
    resource -> 'type' -> 0 -> 'coding' -> 0 ->> 'display' as kind,
    _airbyte_extracted_at as loaded_at
from airbyte.organization
order by id, _airbyte_extracted_at desc;
comment on view engage_analytics_stg.stg_organization is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_organization', 'pipec: rows made under e3657c0b0410f4d5', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_organization');
grant select (id, active, name, kind, loaded_at) on table engage_analytics_stg.stg_organization to privacy_officer;
alter view engage_analytics_stg.stg_organization set (security_barrier = true);
commit;
