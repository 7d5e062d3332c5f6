-- IPC Session 2: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_start_ipc_session_2() }}'
  )
}}

select
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on,
    max(a.answer) filter (where a.linkid = 'patient-name') as patient_name,
    max(a.answer) filter (where a.linkid = 'encounter-id') as encounter_ref,
    max(a.answer) filter (where a.linkid = 'delivery-format') as delivery_format,
    max(a.answer) filter (where a.linkid = '99079ebd-1665-4503-bb37-8de493dd4a21') as work_at_home,
    max(a.answer) filter (where a.linkid = 'strategy.used') as strategy,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_date) filter (where a.linkid = 'session-date') as session_date,
    bool_or(a.answer_flag) filter (where a.linkid = 'work-at-home/done') as work_at_home_done
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/58'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
