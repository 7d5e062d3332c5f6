-- One row per questionnaire response, whatever its status: a completed one may still be taken back.
-- Written by pipec from staging.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_questionnaire_response'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_questionnaire_response';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_questionnaire_response';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_questionnaire_response'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_questionnaire_response');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_questionnaire_response'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_questionnaire_response';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_questionnaire_response';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_questionnaire_response'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_questionnaire_response');
end
$body$;
\endif
select to_regclass('engage_analytics_stg.stg_questionnaire_response') is null as is_new \gset
create table if not exists engage_analytics_stg.stg_questionnaire_response (
    id text not null,
    status text not null,
    questionnaire_id text,
    subject_id text,
    encounter_id text,
    author_id text,
    authored_on date,
    items jsonb,
    loaded_at timestamptz not null
);
\if :is_new
comment on table engage_analytics_stg.stg_questionnaire_response is 'pipec: rows made under 7516d0f1afbd08ff';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    split_part(resource ->> 'questionnaire', '|', 1) as questionnaire_id,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'encounter' ->> 'reference') as encounter_id,
    pipec.ref_id(resource -> 'author' ->> 'reference') as author_id,
    pipec.fhir_date(resource ->> 'authored') as authored_on,
    resource -> 'item' as items,
    _airbyte_extracted_at as loaded_at
from airbyte.questionnaire_response
order by id, _airbyte_extracted_at desc

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
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from engage_analytics_stg.stg_questionnaire_response as old_rows), new_rows.loaded_at);
delete from engage_analytics_stg.stg_questionnaire_response as old_rows using pipec_new where old_rows.id = pipec_new.id;
insert into engage_analytics_stg.stg_questionnaire_response (id, status, questionnaire_id, subject_id, encounter_id, author_id, authored_on, items, loaded_at) select id, status, questionnaire_id, subject_id, encounter_id, author_id, authored_on, items, loaded_at from pipec_new;
alter table engage_analytics_stg.stg_questionnaire_response owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_questionnaire_response');
grant select (id, status, questionnaire_id, subject_id, encounter_id, author_id, authored_on, items, loaded_at) on table engage_analytics_stg.stg_questionnaire_response to privacy_officer;
commit;
