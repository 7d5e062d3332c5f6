-- One row per care plan.
-- Written by pipec from staging.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_care_plan'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_care_plan';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_care_plan';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_care_plan'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_care_plan');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_care_plan'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_care_plan';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_care_plan';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_care_plan'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_care_plan');
end
$body$;
\endif
select to_regclass('engage_analytics_stg.stg_care_plan') is null as is_new \gset
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
\if :is_new
comment on table engage_analytics_stg.stg_care_plan is 'pipec: rows made under 6af4180a133e1d88';
\endif
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
alter table engage_analytics_stg.stg_care_plan owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_care_plan', 'pipec: rows made under 6af4180a133e1d88', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_care_plan');
grant select (id, status, title, description, subject_id, author_id, created_on, loaded_at) on table engage_analytics_stg.stg_care_plan to privacy_officer;
commit;
