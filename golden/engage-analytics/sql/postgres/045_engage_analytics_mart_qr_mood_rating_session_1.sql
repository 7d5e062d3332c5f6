-- Mood Rating (IPC Session 1): one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on,
    max(a.answer) filter (where a.linkid = 'patient-name') as patient_name,
    max(a.answer) filter (where a.linkid = 'f1.33.7') as mood_reason,
    max(a.answer_number) filter (where a.linkid = 'f1.33.6') as mood
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/203'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
drop table if exists engage_analytics_mart.qr_mood_rating_session_1 cascade;
alter table engage_analytics_mart.pipec_new rename to qr_mood_rating_session_1;
alter table engage_analytics_mart.qr_mood_rating_session_1 owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_1 to privacy_officer;
commit;
