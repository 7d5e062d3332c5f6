-- `fct_triage_visits` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api_wards.wards_triage_visits'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api_wards.wards_triage_visits';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api_wards.wards_triage_visits';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api_wards.wards_triage_visits'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api_wards.wards_triage_visits');
end
$body$;
create view api_wards.wards_triage_visits as
select
    visit_id,
    patient_id,
    facility_id,
    visited_on,
    hour_of_day,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    sex,
    dob,
    state,
    category
from medilink_marts.fct_triage_visits as shown;
comment on view api_wards.wards_triage_visits is 'pipec: made anew by every build';
call medilink_access.reset('api_wards.wards_triage_visits');
grant select (visit_id, patient_id, facility_id, visited_on, hour_of_day, triage_level, priority, conditions, condition_count, recommendation_count, sex, dob, state, category) on table api_wards.wards_triage_visits to clinician;
alter view api_wards.wards_triage_visits set (security_barrier = true);
commit;
