-- One row per patient.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_stg.stg_patients'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_stg.stg_patients';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_stg.stg_patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_stg.stg_patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_stg.stg_patients');
end
$body$;
create view mytomorrows_stg.stg_patients as
select distinct on (patient_id)
    patient_id,
    first_name,
    last_name,
    email,
    phone,
    address,
    city,
    state,
    zip,
    date_of_birth,
    gender,
    loaded_at
from raw.patients
order by patient_id, loaded_at desc;
comment on view mytomorrows_stg.stg_patients is 'pipec: made anew by every build';
call mytomorrows_access.mark_rows('mytomorrows_stg.stg_patients', 'pipec: rows made under 86c99761154732ec', false, array[]::text[], array[]::text[]);
call mytomorrows_access.reset('mytomorrows_stg.stg_patients');
commit;
