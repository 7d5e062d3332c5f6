-- One row per care team, with its members still together.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_care_team'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_care_team';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_care_team';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_care_team'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_care_team');
end
$body$;
create view engage_analytics_stg.stg_care_team as
select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'name' as name,
    pipec.ref_id(resource -> 'managingOrganization' -> 0 ->> 'reference') as organization_id,
    resource -> 'participant' as members,
    _airbyte_extracted_at as loaded_at
from airbyte.care_team
order by id, _airbyte_extracted_at desc;
comment on view engage_analytics_stg.stg_care_team is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_care_team', 'pipec: rows made under 11a87b72d27277b0', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_care_team');
grant select (id, status, name, organization_id, members, loaded_at) on table engage_analytics_stg.stg_care_team to privacy_officer;
alter view engage_analytics_stg.stg_care_team set (security_barrier = true);
commit;
