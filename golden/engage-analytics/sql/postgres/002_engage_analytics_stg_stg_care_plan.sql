-- One row per care plan.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists engage_analytics_stg.stg_care_plan (
    id text not null,
    status text not null,
    title text,
    description text,
    subject_id text,
    author_id text,
    created_on date,
    loaded_at timestamptz not null
);
create temporary table pipec_new on commit drop as
with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource ->> 'title' as title,
    resource ->> 'description' as description,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'author' ->> 'reference') as author_id,
    pipec.fhir_date(resource ->> 'created') as created_on,
    _airbyte_extracted_at as loaded_at
from airbyte.care_plan
order by id, _airbyte_extracted_at desc

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
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from engage_analytics_stg.stg_care_plan as old_rows), new_rows.loaded_at);
delete from engage_analytics_stg.stg_care_plan as old_rows using pipec_new where old_rows.id = pipec_new.id;
insert into engage_analytics_stg.stg_care_plan (id, status, title, description, subject_id, author_id, created_on, loaded_at) select id, status, title, description, subject_id, author_id, created_on, loaded_at from pipec_new;
commit;
