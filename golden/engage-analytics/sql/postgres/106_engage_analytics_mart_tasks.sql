-- One row per task, with the organization of its owner.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    t.id,
    t.status,
    t.code,
    t.name,
    t.description,
    t.subject_id,
    po.practitioner_id,
    po.organization_id,
    t.authored_on,
    t.modified_on
from engage_analytics_stg.stg_task as t
left join engage_analytics_int.int_practitioner_organization as po on po.practitioner_id = t.owner_id;
drop table if exists engage_analytics_mart.tasks cascade;
alter table engage_analytics_mart.pipec_new rename to tasks;
alter table engage_analytics_mart.tasks owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.tasks');
grant select (id, status, code, name, description, subject_id, practitioner_id, organization_id, authored_on, modified_on) on table engage_analytics_mart.tasks to privacy_officer;
commit;
