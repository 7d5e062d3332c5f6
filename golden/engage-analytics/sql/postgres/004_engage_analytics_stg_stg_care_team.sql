-- One row per care team, with its members still together.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_stg.stg_care_team cascade;
create view engage_analytics_stg.stg_care_team as
select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'name' as name,
    pipec.ref_id(resource -> 'managingOrganization' -> 0 ->> 'reference') as organization_id,
    resource -> 'participant' as members,
    _airbyte_extracted_at as loaded_at
from airbyte.care_team
order by id, _airbyte_extracted_at desc;
call engage_analytics_access.reset('engage_analytics_stg.stg_care_team');
grant select (id, status, name, organization_id, members, loaded_at) on table engage_analytics_stg.stg_care_team to privacy_officer;
commit;
