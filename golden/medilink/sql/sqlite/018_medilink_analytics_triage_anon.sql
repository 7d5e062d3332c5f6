-- Their visits: the year, the priority, and where.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "medilink_analytics.triage_anon";
create table "medilink_analytics.triage_anon" as
select
    pipec_hmac_token(cast(visit_id as text), 'PSEUDONYM_KEY', 'research') as visit_id,
    pipec_hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    pipec_year_of(visited_on) as visited_on,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    sex,
    pipec_age_band(dob, substr(date(:run_date), 1, 4) || '-01-01', 10, 90) as age_band,
    state,
    category
from "medilink_marts.fct_triage_visits" as base;
commit;
