-- PC-PTSD "obsolete" (IPC Session 1), de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_pc_ptsd_session_1_anon";
create table "engage_analytics_mart.qr_pc_ptsd_session_1_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    nightmares,
    avoidance,
    on_guard,
    numb,
    guilt
from "engage_analytics_mart.qr_pc_ptsd_session_1" as base;
commit;
