-- One row per care team, with its members still together.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_stg.stg_care_team";
create view "engage_analytics_stg.stg_care_team" as
select
    id,
    status,
    name,
    organization_id,
    members,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_json_text(resource -> '$.name') as name,
        pipec_ref_id(pipec_json_text(resource -> '$.managingOrganization[0].reference')) as organization_id,
        resource -> '$.participant' as members,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.care_team"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
