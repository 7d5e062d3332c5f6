-- One row per role of a practitioner in an organization.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_practitioner_role'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_practitioner_role';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_practitioner_role';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_practitioner_role'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_practitioner_role');
end
$body$;
create view engage_analytics_stg.stg_practitioner_role as
select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    pipec.ref_id(resource -> 'practitioner' ->> 'reference') as practitioner_id,
    pipec.ref_id(resource -> 'organization' ->> 'reference') as organization_id,
    resource -> 'code' -> 0 -> 'coding' -> 0 ->> 'display' as role,
    _airbyte_extracted_at as loaded_at
from airbyte.practitioner_role
order by id, _airbyte_extracted_at desc;
comment on view engage_analytics_stg.stg_practitioner_role is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_practitioner_role', 'pipec: rows made under 4b88731cc035651a', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_practitioner_role');
grant select (id, active, practitioner_id, organization_id, role, loaded_at) on table engage_analytics_stg.stg_practitioner_role to privacy_officer;
alter view engage_analytics_stg.stg_practitioner_role set (security_barrier = true);
commit;
