-- Patients, de-identified.
-- Written by pipec from governance.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
select
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    sex,
    pipec.age_band(dob, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 10, 90) as age_band,
    pipec.keep_last(phone, 4) as phone
from medilink_core.patients as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_analytics.patients_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_analytics.patients_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_analytics.patients_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_analytics.patients_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_analytics.patients_anon');
end
$body$;
alter table medilink_analytics.pipec_new rename to patients_anon;
comment on table medilink_analytics.patients_anon is 'pipec: made anew by every build';
alter table medilink_analytics.patients_anon owner to medilink_owner;
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.refuse_older('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4');
call medilink_access.mark_rows('medilink_analytics.patients_anon', 'pipec: rows made under 71e370a995da00d1', false, array['medilink_core.patients']::text[], array['pipec: rows made under c38bbb154aa87ca4']::text[]);
call medilink_access.reset('medilink_analytics.patients_anon');
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to clinician;
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to medilink_exporter;
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to researcher;
call medilink_access.hold_until('medilink_analytics.patients_anon', 'researcher', 'ED-2026-11', '2027-12-31');
commit;
