-- One row per score of an assessment that stands.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    id,
    code,
    subject_id,
    response_id,
    observed_on,
    score
from engage_analytics_stg.stg_observation as o
where status in ('final', 'amended', 'corrected');
drop table if exists engage_analytics_mart.observations cascade;
alter table engage_analytics_mart.pipec_new rename to observations;
alter table engage_analytics_mart.observations owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.observations');
grant select (id, code, subject_id, response_id, observed_on, score) on table engage_analytics_mart.observations to privacy_officer;
commit;
