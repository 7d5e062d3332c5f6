-- One row per role of a practitioner in an organization.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_stg.stg_practitioner_role";
create view "engage_analytics_stg.stg_practitioner_role" as
select
    id,
    active,
    practitioner_id,
    organization_id,
    role,
    loaded_at
from (
    select
        id,
        coalesce(pipec_to_boolean(pipec_json_text(resource -> '$.active')), true) as active,
        pipec_ref_id(pipec_json_text(resource -> '$.practitioner.reference')) as practitioner_id,
        pipec_ref_id(pipec_json_text(resource -> '$.organization.reference')) as organization_id,
        pipec_json_text(resource -> '$.code[0].coding[0].display') as role,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.practitioner_role"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
