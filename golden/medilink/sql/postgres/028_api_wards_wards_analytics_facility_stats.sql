-- `facility_performance` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api_wards.wards_analytics_facility_stats'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api_wards.wards_analytics_facility_stats';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api_wards.wards_analytics_facility_stats';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api_wards.wards_analytics_facility_stats'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api_wards.wards_analytics_facility_stats');
end
$body$;
create view api_wards.wards_analytics_facility_stats as
select
    facility_id,
    name,
    state,
    visit_count,
    volume,
    average_level,
    visits_per_month,
    critical_share
from medilink_clinical.facility_performance as shown;
comment on view api_wards.wards_analytics_facility_stats is 'pipec: made anew by every build';
call medilink_access.reset('api_wards.wards_analytics_facility_stats');
grant select (facility_id, name, state, visit_count, volume, average_level, visits_per_month, critical_share) on table api_wards.wards_analytics_facility_stats to clinician;
alter view api_wards.wards_analytics_facility_stats set (security_barrier = true);
commit;
