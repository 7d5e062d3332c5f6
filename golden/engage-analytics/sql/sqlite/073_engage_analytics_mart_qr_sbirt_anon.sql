-- SBIRT, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_sbirt_anon";
create table "engage_analytics_mart.qr_sbirt_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    substance,
    case when reasons_to_change is not null then 'REDACTED' end as reasons_to_change,
    case when reasons_to_stay is not null then 'REDACTED' end as reasons_to_stay,
    "limit",
    case when support_person is not null then 'REDACTED' end as support_person,
    pipec_keep_last(support_phone, 4) as support_phone,
    pipec_age_band(patient_dob, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band,
    days_used,
    readiness,
    weekly_spend
from "engage_analytics_mart.qr_sbirt" as base;
commit;
