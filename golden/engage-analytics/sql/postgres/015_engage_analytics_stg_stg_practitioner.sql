-- One row per practitioner.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_practitioner'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_practitioner';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_practitioner';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_practitioner'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_practitioner');
end
$body$;
create view engage_analytics_stg.stg_practitioner as
select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    resource -> 'name' -> 0 ->> 'family' as family,
    resource -> 'name' -> 0 -> 'given' ->> 0 as given,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone")') ->> 'value' as phone,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "email")') ->> 'value' as email,
    _airbyte_extracted_at as loaded_at
from airbyte.practitioner
order by id, _airbyte_extracted_at desc;
comment on view engage_analytics_stg.stg_practitioner is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_practitioner', 'pipec: rows made under b21e2faec33939a1', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_practitioner');
grant select (id, active, family, given, phone, email, loaded_at) on table engage_analytics_stg.stg_practitioner to privacy_officer;
alter view engage_analytics_stg.stg_practitioner set (security_barrier = true);
commit;
