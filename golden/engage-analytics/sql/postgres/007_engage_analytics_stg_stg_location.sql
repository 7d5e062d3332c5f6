-- One row per location where care is given.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_stg.stg_location cascade;
create view engage_analytics_stg.stg_location as
select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'name' as name,
    resource -> 'physicalType' -> 'coding' -> 0 ->> 'display' as kind,
    resource -> 'address' -> 'line' ->> 0 as street_address,
    resource -> 'address' ->> 'city' as city,
    resource -> 'address' ->> 'state' as state,
    resource -> 'address' ->> 'postalCode' as zip,
    pipec.ref_id(resource -> 'partOf' ->> 'reference') as part_of_id,
    _airbyte_extracted_at as loaded_at
from airbyte.location
order by id, _airbyte_extracted_at desc;
call engage_analytics_access.reset('engage_analytics_stg.stg_location');
grant select (id, status, name, kind, street_address, city, state, zip, part_of_id, loaded_at) on table engage_analytics_stg.stg_location to privacy_officer;
commit;
