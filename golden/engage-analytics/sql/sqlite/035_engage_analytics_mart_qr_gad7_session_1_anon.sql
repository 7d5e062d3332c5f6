-- GAD-7 (IPC Session 1), de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_gad7_session_1_anon";
create table "engage_analytics_mart.qr_gad7_session_1_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    pipec_hmac_token(encounter_ref, 'PSEUDONYM_KEY', 'anon') as encounter_ref,
    nervous,
    cannot_stop_worrying,
    worrying_too_much,
    trouble_relaxing,
    restless,
    irritable,
    afraid,
    severity,
    pipec_age_band(patient_dob, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band,
    total_score
from "engage_analytics_mart.qr_gad7_session_1" as base;
commit;
