-- One row per location where care is given.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_stg.stg_location";
create view "engage_analytics_stg.stg_location" as
select
    id,
    status,
    name,
    kind,
    street_address,
    city,
    state,
    zip,
    part_of_id,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_json_text(resource -> '$.name') as name,
        pipec_json_text(resource -> '$.physicalType.coding[0].display') as kind,
        pipec_json_text(resource -> '$.address.line[0]') as street_address,
        pipec_json_text(resource -> '$.address.city') as city,
        pipec_json_text(resource -> '$.address.state') as state,
        pipec_json_text(resource -> '$.address.postalCode') as zip,
        pipec_ref_id(pipec_json_text(resource -> '$.partOf.reference')) as part_of_id,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.location"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
