-- Sociodemographic Survey, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_sociodemographic_survey_anon";
create table "engage_analytics_mart.qr_sociodemographic_survey_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    ethnicity,
    race,
    case when race_other is not null then 'REDACTED' end as race_other,
    marital_status,
    education,
    employment,
    employer_name,
    household_size,
    primary_language,
    housing,
    case when emergency_contact_name is not null then 'REDACTED' end as emergency_contact_name,
    pipec_keep_last(emergency_contact_phone, 4) as emergency_contact_phone,
    pipec_age_band(patient_dob, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band,
    veteran
from "engage_analytics_mart.qr_sociodemographic_survey" as base;
commit;
