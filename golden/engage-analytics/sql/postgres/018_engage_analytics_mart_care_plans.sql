-- One row per care plan.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    c.id,
    c.status,
    c.title,
    c.description,
    c.subject_id,
    po.practitioner_id,
    po.organization_id,
    c.created_on
from engage_analytics_stg.stg_care_plan as c
left join engage_analytics_int.int_practitioner_organization as po on po.practitioner_id = c.author_id;
drop table if exists engage_analytics_mart.care_plans cascade;
alter table engage_analytics_mart.pipec_new rename to care_plans;
alter table engage_analytics_mart.care_plans owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.care_plans');
grant select (id, status, title, description, subject_id, practitioner_id, organization_id, created_on) on table engage_analytics_mart.care_plans to privacy_officer;
commit;
