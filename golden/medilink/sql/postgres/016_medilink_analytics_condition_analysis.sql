-- How often each diagnosis is made, and how severe the visits of those who have it are.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
with worst as (
    select
        patient_id,
        min(triage_level) as level
    from medilink_core.triage_visits as v
    group by patient_id
)

select
    r.diagnosis,
    r.state,
    count(*) as cases,
    count(distinct r.patient_id) as patients,
    round(avg(w.level), 2) as average_worst
from medilink_marts.fct_medical_records as r
left join worst as w on w.patient_id = r.patient_id
where r.diagnosis is not null
group by r.diagnosis, r.state;
drop table if exists medilink_analytics.condition_analysis cascade;
alter table medilink_analytics.pipec_new rename to condition_analysis;
alter table medilink_analytics.condition_analysis owner to medilink_owner;
call medilink_access.reset('medilink_analytics.condition_analysis');
grant select (diagnosis, state, cases, patients, average_worst) on table medilink_analytics.condition_analysis to clinician;
commit;
