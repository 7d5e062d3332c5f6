-- One row per care plan.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "engage_analytics_stg.stg_care_plan" (
    id text,
    status text,
    title text,
    description text,
    subject_id text,
    author_id text,
    created_on text,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id,
    status,
    title,
    description,
    subject_id,
    author_id,
    created_on,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_json_text(resource -> '$.title') as title,
        pipec_json_text(resource -> '$.description') as description,
        pipec_ref_id(pipec_json_text(resource -> '$.subject.reference')) as subject_id,
        pipec_ref_id(pipec_json_text(resource -> '$.author.reference')) as author_id,
        pipec_fhir_date(pipec_json_text(resource -> '$.created')) as created_on,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.care_plan"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position

)
select
    new_rows.id,
    new_rows.status,
    new_rows.title,
    new_rows.description,
    new_rows.subject_id,
    new_rows.author_id,
    new_rows.created_on,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "engage_analytics_stg.stg_care_plan" as old_rows), new_rows.loaded_at);
delete from "engage_analytics_stg.stg_care_plan" where exists (select 1 from pipec_new where "engage_analytics_stg.stg_care_plan".id = pipec_new.id);
insert into "engage_analytics_stg.stg_care_plan" (id, status, title, description, subject_id, author_id, created_on, loaded_at) select id, status, title, description, subject_id, author_id, created_on, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
