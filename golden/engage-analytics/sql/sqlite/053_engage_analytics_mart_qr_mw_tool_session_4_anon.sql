-- Mental Wellness Tool (IPC Session 4), de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_mw_tool_session_4_anon";
create table "engage_analytics_mart.qr_mw_tool_session_4_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    case when patient_age is not null then 'REDACTED' end as patient_age,
    down_or_hopeless,
    nervous_or_on_edge,
    restless,
    drinking_frequency,
    pipec_age_band(patient_dob, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band,
    drinks_on_a_typical_day,
    wished_to_be_dead,
    suicide_risk,
    severe_mental_health,
    common_mental_health,
    alcohol_problem,
    drug_problem,
    no_mental_problem
from "engage_analytics_mart.qr_mw_tool_session_4" as base;
commit;
