-- One row per task of a practitioner: follow-ups, reviews, forms to fill in.
-- Written by pipec from staging.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_task'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_task';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_task';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_task'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_task');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_task'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_task';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_task';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_task'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_task');
end
$body$;
\endif
select to_regclass('engage_analytics_stg.stg_task') is null as is_new \gset
create table if not exists engage_analytics_stg.stg_task (
    id text not null,
    status text not null,
    code text,
    name text,
    description text,
    subject_id text,
    owner_id text,
    authored_on date,
    modified_on date,
    loaded_at timestamptz not null
);
\if :is_new
comment on table engage_analytics_stg.stg_task is 'pipec: rows made under d767ee6d45403ce8';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource -> 'code' -> 'coding' -> 0 ->> 'code' as code,
    resource -> 'code' -> 'coding' -> 0 ->> 'display' as name,
    resource ->> 'description' as description,
    pipec.ref_id(resource -> 'for' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'owner' ->> 'reference') as owner_id,
    pipec.fhir_date(resource ->> 'authoredOn') as authored_on,
    pipec.fhir_date(resource ->> 'lastModified') as modified_on,
    _airbyte_extracted_at as loaded_at
from airbyte.task
order by id, _airbyte_extracted_at desc

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
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from engage_analytics_stg.stg_task as old_rows), new_rows.loaded_at);
delete from engage_analytics_stg.stg_task as old_rows using pipec_new where old_rows.id = pipec_new.id;
insert into engage_analytics_stg.stg_task (id, status, code, name, description, subject_id, owner_id, authored_on, modified_on, loaded_at) select id, status, code, name, description, subject_id, owner_id, authored_on, modified_on, loaded_at from pipec_new;
alter table engage_analytics_stg.stg_task owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_task', 'pipec: rows made under d767ee6d45403ce8', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_task');
grant select (id, status, code, name, description, subject_id, owner_id, authored_on, modified_on, loaded_at) on table engage_analytics_stg.stg_task to privacy_officer;
commit;
