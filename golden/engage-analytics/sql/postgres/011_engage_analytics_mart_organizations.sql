-- One row per organization.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    id,
    name,
    kind,
    active
from engage_analytics_stg.stg_organization as o;
drop table if exists engage_analytics_mart.organizations cascade;
alter table engage_analytics_mart.pipec_new rename to organizations;
alter table engage_analytics_mart.organizations owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.organizations');
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to analyst;
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to privacy_officer;
commit;
