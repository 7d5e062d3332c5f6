-- One row per record.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "medilink_marts.fct_medical_records";
create table "medilink_marts.fct_medical_records" as
select
    r.record_id,
    r.patient_id,
    r.facility_id,
    r.record_type,
    r.recorded_at,
    pipec_to_date(r.recorded_at) as recorded_on,
    pipec_date_diff(date(:run_date), pipec_to_date(r.recorded_at)) as days_since_created,
    r.diagnosis,
    r.treatment,
    r.medications,
    r.notes,
    p.sex,
    p.dob,
    f.state,
    f.category
from "medilink_core.medical_records" as r
inner join "medilink_core.patients" as p on p.patient_id = r.patient_id
inner join "medilink_core.facilities" as f on f.facility_id = r.facility_id;
commit;
