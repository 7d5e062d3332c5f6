-- One row per organization.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_stg.stg_organization";
create view "engage_analytics_stg.stg_organization" as
select
    id,
    active,
    name,
    kind,
    loaded_at
from (
    select
        id,
        coalesce(pipec_to_boolean(pipec_json_text(resource -> '$.active')), true) as active,
        pipec_json_text(resource -> '$.name') as name,
        pipec_json_text(resource -> '$.type[0].coding[0].display') as kind,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.organization"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
