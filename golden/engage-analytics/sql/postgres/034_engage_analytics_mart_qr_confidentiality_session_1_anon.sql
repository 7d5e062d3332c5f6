-- Discuss "Confidentiality" (IPC Session 1), de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    case when questions_asked is not null then 'REDACTED' end as questions_asked,
    discussed
from engage_analytics_mart.qr_confidentiality_session_1 as base;
drop table if exists engage_analytics_mart.qr_confidentiality_session_1_anon cascade;
alter table engage_analytics_mart.pipec_new rename to qr_confidentiality_session_1_anon;
alter table engage_analytics_mart.qr_confidentiality_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.qr_confidentiality_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1_anon to privacy_officer;
commit;
