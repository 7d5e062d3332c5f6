-- `fct_medical_records` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api_wards.wards_medical_records'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api_wards.wards_medical_records';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api_wards.wards_medical_records';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api_wards.wards_medical_records'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api_wards.wards_medical_records');
end
$body$;
create view api_wards.wards_medical_records as
select
    record_id,
    patient_id,
    facility_id,
    record_type,
    recorded_at,
    recorded_on,
    days_since_created,
    diagnosis,
    treatment,
    medications,
    notes,
    sex,
    dob,
    state,
    category
from medilink_marts.fct_medical_records as shown;
comment on view api_wards.wards_medical_records is 'pipec: made anew by every build';
call medilink_access.reset('api_wards.wards_medical_records');
grant select (record_id, patient_id, facility_id, record_type, recorded_at, recorded_on, days_since_created, diagnosis, treatment, medications, notes, sex, dob, state, category) on table api_wards.wards_medical_records to clinician;
alter view api_wards.wards_medical_records set (security_barrier = true);
commit;
