-- One row per care plan.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.care_plans";
create table "engage_analytics_mart.care_plans" as
select
    c.id,
    c.status,
    c.title,
    c.description,
    c.subject_id,
    po.practitioner_id,
    po.organization_id,
    c.created_on
from "engage_analytics_stg.stg_care_plan" as c
left join "engage_analytics_int.int_practitioner_organization" as po on po.practitioner_id = c.author_id;
commit;
