-- One row per questionnaire response, whatever its status: a completed one may still be taken back.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "engage_analytics_stg.stg_questionnaire_response" (
    id text,
    status text,
    questionnaire_id text,
    subject_id text,
    encounter_id text,
    author_id text,
    authored_on text,
    items text,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id,
    status,
    questionnaire_id,
    subject_id,
    encounter_id,
    author_id,
    authored_on,
    items,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_split_part(pipec_json_text(resource -> '$.questionnaire'), '|', 1) as questionnaire_id,
        pipec_ref_id(pipec_json_text(resource -> '$.subject.reference')) as subject_id,
        pipec_ref_id(pipec_json_text(resource -> '$.encounter.reference')) as encounter_id,
        pipec_ref_id(pipec_json_text(resource -> '$.author.reference')) as author_id,
        pipec_fhir_date(pipec_json_text(resource -> '$.authored')) as authored_on,
        resource -> '$.item' as items,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.questionnaire_response"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position

)
select
    new_rows.id,
    new_rows.status,
    new_rows.questionnaire_id,
    new_rows.subject_id,
    new_rows.encounter_id,
    new_rows.author_id,
    new_rows.authored_on,
    new_rows.items,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "engage_analytics_stg.stg_questionnaire_response" as old_rows), new_rows.loaded_at);
delete from "engage_analytics_stg.stg_questionnaire_response" where exists (select 1 from pipec_new where "engage_analytics_stg.stg_questionnaire_response".id = pipec_new.id);
insert into "engage_analytics_stg.stg_questionnaire_response" (id, status, questionnaire_id, subject_id, encounter_id, author_id, authored_on, items, loaded_at) select id, status, questionnaire_id, subject_id, encounter_id, author_id, authored_on, items, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
