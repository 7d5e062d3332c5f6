-- One row per triage visit.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "medilink_marts.fct_triage_visits";
create table "medilink_marts.fct_triage_visits" as
select
    v.visit_id,
    v.patient_id,
    v.facility_id,
    pipec_to_date(v.visited_at) as visited_on,
    pipec_to_integer(pipec_extract('hour', v.visited_at)) as hour_of_day,
    v.triage_level,
    v.priority,
    v.conditions,
    v.condition_count,
    v.recommendation_count,
    p.sex,
    p.dob,
    f.state,
    f.category
from "medilink_core.triage_visits" as v
inner join "medilink_core.patients" as p on p.patient_id = v.patient_id
inner join "medilink_core.facilities" as f on f.facility_id = v.facility_id;
commit;
