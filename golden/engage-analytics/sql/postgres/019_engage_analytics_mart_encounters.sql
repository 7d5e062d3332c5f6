-- One row per encounter that took place or was planned, with the organization of who held it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    e.id,
    e.status,
    e.class_code,
    e.service,
    e.reason,
    e.subject_id,
    po.practitioner_id,
    po.organization_id,
    e.encounter_date,
    e.period_start,
    e.period_end
from engage_analytics_stg.stg_encounter as e
left join engage_analytics_int.int_practitioner_organization as po
    on po.practitioner_id = e.practitioner_id
where e.status <> 'entered-in-error';
drop table if exists engage_analytics_mart.encounters cascade;
alter table engage_analytics_mart.pipec_new rename to encounters;
alter table engage_analytics_mart.encounters owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.encounters');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date, period_start, period_end) on table engage_analytics_mart.encounters to privacy_officer;
commit;
