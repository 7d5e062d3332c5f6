-- `fct_medical_records` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop view if exists "api_wards.wards_medical_records";
create view "api_wards.wards_medical_records" as
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
from "medilink_marts.fct_medical_records" as shown;
commit;
