-- One row per affiliation of an organization with a location.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_organization_affiliation'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_organization_affiliation';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_organization_affiliation';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_organization_affiliation'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_organization_affiliation');
end
$body$;
create view engage_analytics_stg.stg_organization_affiliation as
select distinct on (id)
    id,
    pipec.ref_id(resource -> 'organization' ->> 'reference') as organization_id,
    pipec.ref_id(resource -> 'location' -> 0 ->> 'reference') as location_id,
    _airbyte_extracted_at as loaded_at
from airbyte.organization_affiliation
order by id, _airbyte_extracted_at desc;
comment on view engage_analytics_stg.stg_organization_affiliation is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_organization_affiliation', 'pipec: rows made under 94d608833f82ceb9', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_organization_affiliation');
grant select (id, organization_id, location_id, loaded_at) on table engage_analytics_stg.stg_organization_affiliation to privacy_officer;
alter view engage_analytics_stg.stg_organization_affiliation set (security_barrier = true);
commit;
