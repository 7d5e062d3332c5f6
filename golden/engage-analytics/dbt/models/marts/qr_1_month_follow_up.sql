-- 1 month follow up: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_1_month_follow_up() }}'
  )
}}

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
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/1-month-follow-up'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
