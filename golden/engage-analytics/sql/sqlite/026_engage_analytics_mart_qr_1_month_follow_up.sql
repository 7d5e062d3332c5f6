-- 1 month follow up: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_1_month_follow_up";
create table "engage_analytics_mart.qr_1_month_follow_up" as
select
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on,
    max(a.answer) filter (where a.linkid = 'schedule-this-meeting') as schedule_note,
    max(a.answer_date) filter (where a.linkid = 'follow-up-date') as follow_up_date,
    max(a.answer_flag) filter (
        where a.linkid = 'completed-all-recommended-interventions'
    ) as completed_interventions
from "engage_analytics_int.int_qr_header" as h
left join "engage_analytics_int.int_qr_answers_long" as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/1-month-follow-up'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
commit;
