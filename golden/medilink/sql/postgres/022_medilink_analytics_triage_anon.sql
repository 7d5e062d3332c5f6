-- Their visits: the year, the priority, and where.
-- Written by pipec from governance.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
select
    pipec.hmac_token(cast(visit_id as text), 'PSEUDONYM_KEY', 'research') as visit_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    pipec.year_of(visited_on) as visited_on,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    sex,
    pipec.age_band(dob, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 10, 90) as age_band,
    state,
    category
from medilink_marts.fct_triage_visits as base;
drop table if exists medilink_analytics.triage_anon cascade;
alter table medilink_analytics.pipec_new rename to triage_anon;
alter table medilink_analytics.triage_anon owner to medilink_owner;
call medilink_access.reset('medilink_analytics.triage_anon');
grant select (visit_id, patient_id, facility_id, visited_on, triage_level, priority, conditions, condition_count, recommendation_count, sex, age_band, state, category) on table medilink_analytics.triage_anon to clinician;
grant select (visit_id, patient_id, facility_id, visited_on, triage_level, priority, conditions, condition_count, recommendation_count, sex, age_band, state, category) on table medilink_analytics.triage_anon to researcher;
commit;
