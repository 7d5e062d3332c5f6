-- One row per role of a practitioner in an organization.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_stg.stg_practitioner_role cascade;
create view engage_analytics_stg.stg_practitioner_role as
select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    pipec.ref_id(resource -> 'practitioner' ->> 'reference') as practitioner_id,
    pipec.ref_id(resource -> 'organization' ->> 'reference') as organization_id,
    resource -> 'code' -> 0 -> 'coding' -> 0 ->> 'display' as role,
    _airbyte_extracted_at as loaded_at
from airbyte.practitioner_role
order by id, _airbyte_extracted_at desc;
call engage_analytics_access.reset('engage_analytics_stg.stg_practitioner_role');
grant select (id, active, practitioner_id, organization_id, role, loaded_at) on table engage_analytics_stg.stg_practitioner_role to privacy_officer;
commit;
