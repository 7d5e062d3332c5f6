-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_staging.stg_medical_records'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_staging.stg_medical_records';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_staging.stg_medical_records';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_staging.stg_medical_records'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_staging.stg_medical_records');
end
$body$;
create view medilink_staging.stg_medical_records as
select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    dob,
    record_type,
    recorded_at,
    data ->> 'diagnosis' as diagnosis,
    data ->> 'treatment' as treatment,
    data ->> 'medications' as medications,
    data ->> 'notes' as notes,
    loaded_at
from landing.medical_records as r;
comment on view medilink_staging.stg_medical_records is 'pipec: made anew by every build';
call medilink_access.reset('medilink_staging.stg_medical_records');
commit;
