-- One row per encounter, cancelled ones and mistakes included. The date is the clinic's own, whatever the time zone.
-- Written by pipec from staging.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_encounter'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_encounter';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_encounter';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_encounter'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_encounter');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_encounter'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_encounter';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_encounter';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_encounter'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_encounter');
end
$body$;
\endif
select to_regclass('engage_analytics_stg.stg_encounter') is null as is_new \gset
create table if not exists engage_analytics_stg.stg_encounter (
    id text not null,
    status text not null,
    class_code text,
    service text,
    reason text,
    subject_id text,
    practitioner_id text,
    encounter_date date,
    period_start timestamptz,
    period_end timestamptz,
    loaded_at timestamptz not null
);
\if :is_new
comment on table engage_analytics_stg.stg_encounter is 'pipec: rows made under a2d5ce2f324f732e';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

select distinct on (id)
    id,
    resource ->> 'status' as status,
    resource -> 'class' ->> 'code' as class_code,
    resource -> 'serviceType' -> 'coding' -> 0 ->> 'display' as service,
    resource -> 'reasonCode' -> 0 ->> 'text' as reason,
    pipec.ref_id(resource -> 'subject' ->> 'reference') as subject_id,
    pipec.ref_id(resource -> 'participant' -> 0 -> 'individual' ->> 'reference') as practitioner_id,
    pipec.fhir_date(resource -> 'period' ->> 'start') as encounter_date,
    pipec.fhir_timestamp(resource -> 'period' ->> 'start') as period_start,
    pipec.fhir_timestamp(resource -> 'period' ->> 'end') as period_end,
    _airbyte_extracted_at as loaded_at
from airbyte.encounter
order by id, _airbyte_extracted_at desc

)
select
    new_rows.id,
    new_rows.status,
    new_rows.class_code,
    new_rows.service,
    new_rows.reason,
    new_rows.subject_id,
    new_rows.practitioner_id,
    new_rows.encounter_date,
    new_rows.period_start,
    new_rows.period_end,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from engage_analytics_stg.stg_encounter as old_rows), new_rows.loaded_at);
delete from engage_analytics_stg.stg_encounter as old_rows using pipec_new where old_rows.id = pipec_new.id;
insert into engage_analytics_stg.stg_encounter (id, status, class_code, service, reason, subject_id, practitioner_id, encounter_date, period_start, period_end, loaded_at) select id, status, class_code, service, reason, subject_id, practitioner_id, encounter_date, period_start, period_end, loaded_at from pipec_new;
alter table engage_analytics_stg.stg_encounter owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_encounter');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, encounter_date, period_start, period_end, loaded_at) on table engage_analytics_stg.stg_encounter to privacy_officer;
commit;
