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
drop table if exists medilink_marts.fct_medical_records cascade;
alter table medilink_marts.pipec_new rename to fct_medical_records;
alter table medilink_marts.fct_medical_records owner to medilink_owner;
call medilink_access.reset('medilink_marts.fct_medical_records');
grant select (record_id, patient_id, facility_id, record_type, recorded_at, recorded_on, days_since_created, diagnosis, treatment, medications, notes, sex, dob, state, category) on table medilink_marts.fct_medical_records to clinician;
commit;
