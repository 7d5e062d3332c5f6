-- `dim_patients` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('api_wards.wards_patients'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'api_wards.wards_patients';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'api_wards.wards_patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('api_wards.wards_patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'api_wards.wards_patients');
end
$body$;
create view api_wards.wards_patients as
select
    patient_id,
    facility_id,
    first_name,
    last_name,
    full_name,
    sex,
    dob,
    age,
    age_group,
    phone,
    phone_is_valid,
    record_count,
    visit_count,
    last_visit_on,
    risk,
    engagement
from medilink_marts.dim_patients as shown;
comment on view api_wards.wards_patients is 'pipec: made anew by every build';
call medilink_access.reset('api_wards.wards_patients');
grant select (patient_id, facility_id, first_name, last_name, full_name, sex, dob, age, age_group, phone, phone_is_valid, record_count, visit_count, last_visit_on, risk, engagement) on table api_wards.wards_patients to clinician;
alter view api_wards.wards_patients set (security_barrier = true);
commit;
