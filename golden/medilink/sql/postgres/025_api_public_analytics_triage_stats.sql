-- `triage_stats` as the API `public` shows it.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api.public_analytics_triage_stats'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api.public_analytics_triage_stats';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api.public_analytics_triage_stats';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api.public_analytics_triage_stats'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api.public_analytics_triage_stats');
end
$body$;
create view api.public_analytics_triage_stats as
select
    metric_id,
    unit,
    grain,
    period_date,
    state,
    value
from medilink_analytics.triage_stats as shown;
comment on view api.public_analytics_triage_stats is 'pipec: made anew by every build';
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.refuse_older('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4');
call medilink_access.refuse_older('medilink_core.triage_visits', 'pipec: rows made under e6cd929557927c3c');
call medilink_access.reset('api.public_analytics_triage_stats');
grant select (metric_id, unit, grain, period_date, state, value) on table api.public_analytics_triage_stats to api_reader;
alter view api.public_analytics_triage_stats set (security_barrier = true);
commit;
