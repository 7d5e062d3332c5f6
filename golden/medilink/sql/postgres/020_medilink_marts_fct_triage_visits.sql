-- One row per triage visit.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists medilink_marts.pipec_new;
create table medilink_marts.pipec_new as
select
    v.visit_id,
    v.patient_id,
    v.facility_id,
    cast(v.visited_at as date) as visited_on,
    cast(extract(hour from v.visited_at) as integer) as hour_of_day,
    v.triage_level,
    v.priority,
    v.conditions,
    v.condition_count,
    v.recommendation_count,
    p.sex,
    p.dob,
    f.state,
    f.category
from medilink_core.triage_visits as v
inner join medilink_core.patients as p on p.patient_id = v.patient_id
inner join medilink_core.facilities as f on f.facility_id = v.facility_id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_marts.fct_triage_visits'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_marts.fct_triage_visits';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_marts.fct_triage_visits';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_marts.fct_triage_visits'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_marts.fct_triage_visits');
end
$body$;
alter table medilink_marts.pipec_new rename to fct_triage_visits;
comment on table medilink_marts.fct_triage_visits is 'pipec: made anew by every build';
alter table medilink_marts.fct_triage_visits owner to medilink_owner;
call medilink_access.mark_rows('medilink_marts.fct_triage_visits', 'pipec: rows made under 35e5e477be566505', false, array['medilink_core.facilities', 'medilink_core.patients', 'medilink_core.triage_visits']::text[], array['pipec: rows made under 19a0fab43d8e230e', 'pipec: rows made under c38bbb154aa87ca4', 'pipec: rows made under e6cd929557927c3c']::text[]);
call medilink_access.reset('medilink_marts.fct_triage_visits');
grant select (visit_id, patient_id, facility_id, visited_on, hour_of_day, triage_level, priority, conditions, condition_count, recommendation_count, sex, dob, state, category) on table medilink_marts.fct_triage_visits to clinician;
commit;
