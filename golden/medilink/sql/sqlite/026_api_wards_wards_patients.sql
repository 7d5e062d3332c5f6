-- `dim_patients` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop view if exists "api_wards.wards_patients";
create view "api_wards.wards_patients" as
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
from "medilink_marts.dim_patients" as shown;
commit;
