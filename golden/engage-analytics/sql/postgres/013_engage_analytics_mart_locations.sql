-- One row per location and organization that works there; a location without one stays.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    l.id,
    l.name,
    l.status,
    l.kind,
    l.street_address,
    l.city,
    l.state,
    l.zip,
    l.part_of_id,
    a.organization_id
from engage_analytics_stg.stg_location as l
left join engage_analytics_stg.stg_organization_affiliation as a on a.location_id = l.id;
drop table if exists engage_analytics_mart.locations cascade;
alter table engage_analytics_mart.pipec_new rename to locations;
alter table engage_analytics_mart.locations owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.locations');
grant select (id, name, status, kind, street_address, city, state, zip, part_of_id, organization_id) on table engage_analytics_mart.locations to privacy_officer;
commit;
