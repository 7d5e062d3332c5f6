-- Triage visits of registered patients, with a level from 1 to 5.
-- Written by pipec from core.pipe; change it there, not here.
begin;
create table if not exists "medilink_core.triage_visits" (
    visit_id integer,
    patient_id integer,
    facility_id integer,
    visited_at text,
    triage_level integer,
    priority text,
    conditions text,
    condition_count integer,
    recommendation_count integer,
    batch_id integer,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

with latest as (
    select
        patient_id,
        facility_id,
        visited_at,
        triage_level,
        priority,
        conditions,
        condition_count,
        recommendation_count,
        batch_id,
        line,
        loaded_at
    from (
        select
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
            v.loaded_at,
            row_number() over (
                partition by p.patient_id, v.visited_at
                order by p.patient_id, v.visited_at, v.batch_id desc, v.line desc
            ) as pipec_rank,
            row_number() over (
                order by p.patient_id, v.visited_at, v.batch_id desc, v.line desc
            ) as pipec_position
        from "medilink_staging.stg_triage_visits" as v
        inner join "medilink_core.facilities" as f
            on f.name = v.facility_name
            and f.state = v.facility_state
            and f.lga = v.facility_lga
        inner join "medilink_core.patients" as p
            on p.facility_id = f.facility_id
            and p.first_name = v.first_name
            and p.last_name = v.last_name
            and p.dob = v.dob
        where v.triage_level between 1 and 5
    ) as pipec_ranked
    where pipec_rank = 1
    order by pipec_position
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
    coalesce(kept_rows.visit_id, (select coalesce(max(old_rows.visit_id), 0) from "medilink_core.triage_visits" as old_rows) + new_rows.visit_id) as visit_id,
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
left join "medilink_core.triage_visits" as kept_rows on kept_rows.patient_id = new_rows.patient_id and kept_rows.visited_at = new_rows.visited_at
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from "medilink_core.triage_visits" as old_rows), new_rows.batch_id);
delete from "medilink_core.triage_visits" where exists (select 1 from pipec_new where "medilink_core.triage_visits".patient_id = pipec_new.patient_id and "medilink_core.triage_visits".visited_at = pipec_new.visited_at);
insert into "medilink_core.triage_visits" (visit_id, patient_id, facility_id, visited_at, triage_level, priority, conditions, condition_count, recommendation_count, batch_id, loaded_at) select visit_id, patient_id, facility_id, visited_at, triage_level, priority, conditions, condition_count, recommendation_count, batch_id, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
