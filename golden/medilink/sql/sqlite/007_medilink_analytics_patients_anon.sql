-- Patients, de-identified.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "medilink_analytics.patients_anon";
create table "medilink_analytics.patients_anon" as
select
    pipec_hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    sex,
    pipec_age_band(dob, substr(date(:run_date), 1, 4) || '-01-01', 10, 90) as age_band,
    pipec_keep_last(phone, 4) as phone
from "medilink_core.patients" as base;
commit;
