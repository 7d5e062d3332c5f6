-- One row per task of a practitioner: follow-ups, reviews, forms to fill in.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "engage_analytics_stg.stg_task" (
    id text,
    status text,
    code text,
    name text,
    description text,
    subject_id text,
    owner_id text,
    authored_on text,
    modified_on text,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id,
    status,
    code,
    name,
    description,
    subject_id,
    owner_id,
    authored_on,
    modified_on,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_json_text(resource -> '$.code.coding[0].code') as code,
        pipec_json_text(resource -> '$.code.coding[0].display') as name,
        pipec_json_text(resource -> '$.description') as description,
        pipec_ref_id(pipec_json_text(resource -> '$.for.reference')) as subject_id,
        pipec_ref_id(pipec_json_text(resource -> '$.owner.reference')) as owner_id,
        pipec_fhir_date(pipec_json_text(resource -> '$.authoredOn')) as authored_on,
        pipec_fhir_date(pipec_json_text(resource -> '$.lastModified')) as modified_on,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.task"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position

)
select
    new_rows.id,
    new_rows.status,
    new_rows.code,
    new_rows.name,
    new_rows.description,
    new_rows.subject_id,
    new_rows.owner_id,
    new_rows.authored_on,
    new_rows.modified_on,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "engage_analytics_stg.stg_task" as old_rows), new_rows.loaded_at);
delete from "engage_analytics_stg.stg_task" where exists (select 1 from pipec_new where "engage_analytics_stg.stg_task".id = pipec_new.id);
insert into "engage_analytics_stg.stg_task" (id, status, code, name, description, subject_id, owner_id, authored_on, modified_on, loaded_at) select id, status, code, name, description, subject_id, owner_id, authored_on, modified_on, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
