-- `fct_triage_visits` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop view if exists "api_wards.wards_triage_visits";
create view "api_wards.wards_triage_visits" as
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
from "medilink_marts.fct_triage_visits" as shown;
commit;
