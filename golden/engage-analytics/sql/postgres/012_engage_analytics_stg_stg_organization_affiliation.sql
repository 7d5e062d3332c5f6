-- One row per affiliation of an organization with a location.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_stg.stg_organization_affiliation cascade;
create view engage_analytics_stg.stg_organization_affiliation as
select distinct on (id)
    id,
    pipec.ref_id(resource -> 'organization' ->> 'reference') as organization_id,
    pipec.ref_id(resource -> 'location' -> 0 ->> 'reference') as location_id,
    _airbyte_extracted_at as loaded_at
from airbyte.organization_affiliation
order by id, _airbyte_extracted_at desc;
call engage_analytics_access.reset('engage_analytics_stg.stg_organization_affiliation');
grant select (id, organization_id, location_id, loaded_at) on table engage_analytics_stg.stg_organization_affiliation to privacy_officer;
commit;
