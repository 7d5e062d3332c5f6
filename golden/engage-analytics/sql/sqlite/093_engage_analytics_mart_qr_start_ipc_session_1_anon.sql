-- IPC Session 1, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_start_ipc_session_1_anon";
create table "engage_analytics_mart.qr_start_ipc_session_1_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    pipec_hmac_token(encounter_ref, 'PSEUDONYM_KEY', 'anon') as encounter_ref,
    delivery_format,
    case when person_1_name is not null then 'REDACTED' end as person_1_name,
    case when person_1_change is not null then 'REDACTED' end as person_1_change,
    case when person_2_name is not null then 'REDACTED' end as person_2_name,
    case when person_2_change is not null then 'REDACTED' end as person_2_change,
    case when person_3_name is not null then 'REDACTED' end as person_3_name,
    case when person_3_change is not null then 'REDACTED' end as person_3_change,
    case when person_4_name is not null then 'REDACTED' end as person_4_name,
    case when person_4_change is not null then 'REDACTED' end as person_4_change,
    case when disagreement is not null then 'REDACTED' end as disagreement,
    problem_area,
    pipec_age_band(patient_dob, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band,
    pipec_year_of(session_date) as session_date
from "engage_analytics_mart.qr_start_ipc_session_1" as base;
commit;
