-- Triage visits of registered patients, with a level from 1 to 5.
-- Written by pipec from core.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.triage_visits'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.triage_visits';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.triage_visits';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.triage_visits'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.triage_visits');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.triage_visits'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.triage_visits';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.triage_visits';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.triage_visits'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.triage_visits');
end
$body$;
\endif
select to_regclass('medilink_core.triage_visits') is null as is_new \gset
create table if not exists medilink_core.triage_visits (
    visit_id bigint not null,
    patient_id bigint not null,
    facility_id bigint not null,
    visited_at timestamp not null,
    triage_level integer not null,
    priority text,
    conditions jsonb not null,
    condition_count integer not null,
    recommendation_count integer not null,
    batch_id integer not null,
    loaded_at timestamp not null
);
\if :is_new
comment on table medilink_core.triage_visits is 'pipec: rows made under e6cd929557927c3c';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

with latest as (
    select distinct on (p.patient_id, v.visited_at)
        p.patient_id,
        f.facility_id,
        v.visited_at,
        v.triage_level,
        v.priority,
        v.conditions,
        v.condition_count,
        v.recommendation_count,
        v.batch_id,
        v.line,
        v.loaded_at
    from medilink_staging.stg_triage_visits as v
    inner join medilink_core.facilities as f
        on f.name = v.facility_name
        and f.state = v.facility_state
        and f.lga = v.facility_lga
    inner join medilink_core.patients as p
        on p.facility_id = f.facility_id
        and p.first_name = v.first_name
        and p.last_name = v.last_name
        and p.dob = v.dob
    where v.triage_level between 1 and 5
    order by p.patient_id, v.visited_at, v.batch_id desc, v.line desc
)

select
    row_number() over (order by batch_id, line) as visit_id,
    patient_id,
    facility_id,
    visited_at,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    batch_id,
    loaded_at
from latest as v

)
select
    coalesce(kept_rows.visit_id, (select coalesce(max(old_rows.visit_id), 0) from medilink_core.triage_visits as old_rows) + new_rows.visit_id) as visit_id,
    new_rows.patient_id,
    new_rows.facility_id,
    new_rows.visited_at,
    new_rows.triage_level,
    new_rows.priority,
    new_rows.conditions,
    new_rows.condition_count,
    new_rows.recommendation_count,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
left join medilink_core.triage_visits as kept_rows on kept_rows.patient_id = new_rows.patient_id and kept_rows.visited_at = new_rows.visited_at
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from medilink_core.triage_visits as old_rows), new_rows.batch_id);
delete from medilink_core.triage_visits as old_rows using pipec_new where old_rows.patient_id = pipec_new.patient_id and old_rows.visited_at = pipec_new.visited_at;
insert into medilink_core.triage_visits (visit_id, patient_id, facility_id, visited_at, triage_level, priority, conditions, condition_count, recommendation_count, batch_id, loaded_at) select visit_id, patient_id, facility_id, visited_at, triage_level, priority, conditions, condition_count, recommendation_count, batch_id, loaded_at from pipec_new;
alter table medilink_core.triage_visits owner to medilink_owner;
call medilink_access.mark_rows('medilink_core.triage_visits', 'pipec: rows made under e6cd929557927c3c', true, array['medilink_core.facilities', 'medilink_core.patients', 'medilink_staging.stg_triage_visits']::text[], array['pipec: rows made under 19a0fab43d8e230e', 'pipec: rows made under c38bbb154aa87ca4', 'pipec: rows made under 8413941bbcb1ad04']::text[]);
call medilink_access.reset('medilink_core.triage_visits');
commit;
