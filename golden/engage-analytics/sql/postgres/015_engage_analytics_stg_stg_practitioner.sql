-- One row per practitioner.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists engage_analytics_stg.stg_practitioner cascade;
create view engage_analytics_stg.stg_practitioner as
select distinct on (id)
    id,
    coalesce(cast(resource ->> 'active' as boolean), true) as active,
    resource -> 'name' -> 0 ->> 'family' as family,
    resource -> 'name' -> 0 -> 'given' ->> 0 as given,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone")') ->> 'value' as phone,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "email")') ->> 'value' as email,
    _airbyte_extracted_at as loaded_at
from airbyte.practitioner
order by id, _airbyte_extracted_at desc;
call engage_analytics_access.reset('engage_analytics_stg.stg_practitioner');
grant select (id, active, family, given, phone, email, loaded_at) on table engage_analytics_stg.stg_practitioner to privacy_officer;
commit;
