-- Written by pipec from extracts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_int.int_extract'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_int.int_extract';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_int.int_extract';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_int.int_extract'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_int.int_extract');
end
$body$;
create view mytomorrows_int.int_extract as
select
    procedure_id,
    encounter_id,
    patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_on
from mytomorrows_int.int_procedures as p;
comment on view mytomorrows_int.int_extract is 'pipec: made anew by every build';
call mytomorrows_access.mark_rows('mytomorrows_int.int_extract', 'pipec: rows made under 7a46193c1b242edf', false, array['reference.procedure_groups', 'mytomorrows_int.int_procedures', 'mytomorrows_stg.stg_encounters', 'mytomorrows_stg.stg_patients', 'mytomorrows_stg.stg_procedures']::text[], array['pipec: rows made under 7f1fbc80367e4f99', 'pipec: rows made under 4140774f35c0fec7', 'pipec: rows made under 38970e797c23f2ae', 'pipec: rows made under 86c99761154732ec', 'pipec: rows made under 6b6e4a80aed8810c']::text[]);
call mytomorrows_access.reset('mytomorrows_int.int_extract');
commit;
