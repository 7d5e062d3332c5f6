-- One row per location and organization that works there; a location without one stays.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.locations";
create table "engage_analytics_mart.locations" as
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
from "engage_analytics_stg.stg_location" as l
left join "engage_analytics_stg.stg_organization_affiliation" as a on a.location_id = l.id;
commit;
