-- One row per encounter.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_stg.stg_encounters'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_stg.stg_encounters';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_stg.stg_encounters';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_stg.stg_encounters'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_stg.stg_encounters');
end
$body$;
create view mytomorrows_stg.stg_encounters as
select distinct on (encounter_id)
    encounter_id,
    patient_id,
    organization_id,
    payer_id,
    started_at,
    description,
    loaded_at
from raw.encounters
order by encounter_id, loaded_at desc;
comment on view mytomorrows_stg.stg_encounters is 'pipec: made anew by every build';
call mytomorrows_access.mark_rows('mytomorrows_stg.stg_encounters', 'pipec: rows made under 38970e797c23f2ae', false, array[]::text[], array[]::text[]);
call mytomorrows_access.reset('mytomorrows_stg.stg_encounters');
commit;
