-- One row per record.
-- Written by pipec from marts.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_marts.pipec_new;
create table medilink_marts.pipec_new as
select
    r.record_id,
    r.patient_id,
    r.facility_id,
    r.record_type,
    r.recorded_at,
    cast(r.recorded_at as date) as recorded_on,
    cast(:'run_date' as date) - cast(r.recorded_at as date) as days_since_created,
    r.diagnosis,
    r.treatment,
    r.medications,
    r.notes,
    p.sex,
    p.dob,
    f.state,
    f.category
from medilink_core.medical_records as r
inner join medilink_core.patients as p on p.patient_id = r.patient_id
inner join medilink_core.facilities as f on f.facility_id = r.facility_id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_marts.fct_medical_records'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_marts.fct_medical_records';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_marts.fct_medical_records';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_marts.fct_medical_records'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_marts.fct_medical_records');
end
$body$;
alter table medilink_marts.pipec_new rename to fct_medical_records;
comment on table medilink_marts.fct_medical_records is 'pipec: made anew by every build';
alter table medilink_marts.fct_medical_records owner to medilink_owner;
call medilink_access.reset('medilink_marts.fct_medical_records');
grant select (record_id, patient_id, facility_id, record_type, recorded_at, recorded_on, days_since_created, diagnosis, treatment, medications, notes, sex, dob, state, category) on table medilink_marts.fct_medical_records to clinician;
commit;
