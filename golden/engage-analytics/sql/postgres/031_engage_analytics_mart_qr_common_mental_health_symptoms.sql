-- Common Mental Health "Symptoms": one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = 'f1.3.1') as little_interest,
    max(a.answer) filter (where a.linkid = 'f1.4.1') as feeling_down,
    max(a.answer) filter (where a.linkid = 'f1.5.1') as sleep_trouble,
    max(a.answer) filter (where a.linkid = 'f1.6.1') as low_energy,
    max(a.answer) filter (where a.linkid = 'f1.7.1') as appetite,
    max(a.answer) filter (where a.linkid = 'f1.8.1') as feeling_bad_about_self,
    max(a.answer) filter (where a.linkid = 'f1.9.1') as concentration,
    max(a.answer) filter (where a.linkid = 'f1.10.1') as psychomotor,
    max(a.answer) filter (where a.linkid = 'f1.11.1') as thoughts_of_self_harm,
    max(a.answer) filter (where a.linkid = 'f1.15.1') as nervous,
    max(a.answer) filter (where a.linkid = 'f1.16.1') as cannot_stop_worrying,
    max(a.answer) filter (where a.linkid = 'f1.17.1') as worrying_too_much,
    max(a.answer) filter (where a.linkid = 'f1.18.1') as trouble_relaxing,
    max(a.answer) filter (where a.linkid = 'f1.19.1') as restless,
    max(a.answer) filter (where a.linkid = 'f1.20.1') as irritable,
    max(a.answer) filter (where a.linkid = 'f1.21.1') as afraid,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    bool_or(a.answer_flag) filter (where a.linkid = 'show-pcl-5-to-8-questions') as shows_pcl5
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/q-common-mental-health-symptoms'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
drop table if exists engage_analytics_mart.qr_common_mental_health_symptoms cascade;
alter table engage_analytics_mart.pipec_new rename to qr_common_mental_health_symptoms;
alter table engage_analytics_mart.qr_common_mental_health_symptoms owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.qr_common_mental_health_symptoms');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, patient_dob, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms to privacy_officer;
commit;
