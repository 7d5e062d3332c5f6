-- One row per practitioner.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_stg.stg_practitioner";
create view "engage_analytics_stg.stg_practitioner" as
select
    id,
    active,
    family,
    given,
    phone,
    email,
    loaded_at
from (
    select
        id,
        coalesce(pipec_to_boolean(pipec_json_text(resource -> '$.active')), true) as active,
        pipec_json_text(resource -> '$.name[0].family') as family,
        pipec_json_text(resource -> '$.name[0].given[0]') as given,
        pipec_json_text(pipec_json_pick(resource -> '$.telecom', '[["system","phone",false]]', 0) -> '$.value') as phone,
        pipec_json_text(pipec_json_pick(resource -> '$.telecom', '[["system","email",false]]', 0) -> '$.value') as email,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.practitioner"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
