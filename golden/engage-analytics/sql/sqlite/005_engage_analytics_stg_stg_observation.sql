-- One row per observation: the scores of the assessments. A number may come as integer or as quantity.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "engage_analytics_stg.stg_observation" (
    id text,
    status text,
    code text,
    subject_id text,
    response_id text,
    observed_on text,
    score real,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id,
    status,
    code,
    subject_id,
    response_id,
    observed_on,
    score,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_json_text(resource -> '$.code.coding[0].code') as code,
        pipec_ref_id(pipec_json_text(resource -> '$.subject.reference')) as subject_id,
        pipec_ref_id(pipec_json_text(resource -> '$.derivedFrom[0].reference')) as response_id,
        pipec_fhir_date(pipec_json_text(resource -> '$.effectiveDateTime')) as observed_on,
        coalesce(
            cast(pipec_to_integer(pipec_json_text(resource -> '$.valueInteger')) as real),
            pipec_to_number(pipec_json_text(resource -> '$.valueQuantity.value'))
        ) as score,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.observation"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position

)
select
    new_rows.id,
    new_rows.status,
    new_rows.code,
    new_rows.subject_id,
    new_rows.response_id,
    new_rows.observed_on,
    new_rows.score,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "engage_analytics_stg.stg_observation" as old_rows), new_rows.loaded_at);
delete from "engage_analytics_stg.stg_observation" where exists (select 1 from pipec_new where "engage_analytics_stg.stg_observation".id = pipec_new.id);
insert into "engage_analytics_stg.stg_observation" (id, status, code, subject_id, response_id, observed_on, score, loaded_at) select id, status, code, subject_id, response_id, observed_on, score, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
