-- 1 month follow up: one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = 'schedule-this-meeting') as schedule_note,
    max(a.answer_date) filter (where a.linkid = 'follow-up-date') as follow_up_date,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'completed-all-recommended-interventions'
    ) as completed_interventions
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/1-month-follow-up'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
drop table if exists engage_analytics_mart.qr_1_month_follow_up cascade;
alter table engage_analytics_mart.pipec_new rename to qr_1_month_follow_up;
alter table engage_analytics_mart.qr_1_month_follow_up owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.qr_1_month_follow_up');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, schedule_note, follow_up_date, completed_interventions) on table engage_analytics_mart.qr_1_month_follow_up to privacy_officer;
commit;
