-- One row per practitioner, with organization and current role.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    p.id,
    p.active,
    po.organization_id,
    po.role,
    p.family,
    p.given,
    p.phone,
    p.email
from engage_analytics_stg.stg_practitioner as p
left join engage_analytics_int.int_practitioner_organization as po on po.practitioner_id = p.id;
drop table if exists engage_analytics_mart.practitioners cascade;
alter table engage_analytics_mart.pipec_new rename to practitioners;
alter table engage_analytics_mart.practitioners owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.practitioners');
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners to privacy_officer;
commit;
