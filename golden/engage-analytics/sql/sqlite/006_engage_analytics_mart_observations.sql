-- One row per score of an assessment that stands.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.observations";
create table "engage_analytics_mart.observations" as
select
    id,
    code,
    subject_id,
    response_id,
    observed_on,
    score
from "engage_analytics_stg.stg_observation" as o
where status in ('final', 'amended', 'corrected');
commit;
