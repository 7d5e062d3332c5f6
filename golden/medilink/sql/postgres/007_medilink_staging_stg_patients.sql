-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_staging.stg_patients'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_staging.stg_patients';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_staging.stg_patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_staging.stg_patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_staging.stg_patients');
end
$body$;
create view medilink_staging.stg_patients as
select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    case upper(left(trim(sex), 1)) when 'F' then 'F' when 'M' then 'M' end as sex,
    dob,
    phone,
    loaded_at
from landing.patients as p;
comment on view medilink_staging.stg_patients is 'pipec: made anew by every build';
call medilink_access.mark_rows('medilink_staging.stg_patients', 'pipec: rows made under 8a1f3c46ac2b0768', false, array[]::text[], array[]::text[]);
call medilink_access.reset('medilink_staging.stg_patients');
commit;
