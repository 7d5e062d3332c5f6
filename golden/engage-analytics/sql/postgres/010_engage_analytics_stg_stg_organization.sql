-- One row per organization.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_stg.stg_organization cascade;
create view engage_analytics_stg.stg_organization as
select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    resource ->> 'name' as name,
    resource -> 'type' -> 0 -> 'coding' -> 0 ->> 'display' as kind,
    _airbyte_extracted_at as loaded_at
from airbyte.organization
order by id, _airbyte_extracted_at desc;
call engage_analytics_access.reset('engage_analytics_stg.stg_organization');
grant select (id, active, name, kind, loaded_at) on table engage_analytics_stg.stg_organization to privacy_officer;
commit;
