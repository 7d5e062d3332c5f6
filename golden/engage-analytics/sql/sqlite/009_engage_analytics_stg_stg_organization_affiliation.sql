-- One row per affiliation of an organization with a location.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_stg.stg_organization_affiliation";
create view "engage_analytics_stg.stg_organization_affiliation" as
select
    id,
    organization_id,
    location_id,
    loaded_at
from (
    select
        id,
        pipec_ref_id(pipec_json_text(resource -> '$.organization.reference')) as organization_id,
        pipec_ref_id(pipec_json_text(resource -> '$.location[0].reference')) as location_id,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.organization_affiliation"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
