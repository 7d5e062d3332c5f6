-- IPC Session 1: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_start_ipc_session_1() }}'
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
    max(a.answer) filter (where a.linkid = 'f1.39.3.1') as person_1_name,
    max(a.answer) filter (where a.linkid = 'f1.39.3.3') as person_1_change,
    max(a.answer) filter (where a.linkid = 'f1.39.4.1') as person_2_name,
    max(a.answer) filter (where a.linkid = 'f1.39.4.3') as person_2_change,
    max(a.answer) filter (where a.linkid = 'f1.39.5.1') as person_3_name,
    max(a.answer) filter (where a.linkid = 'f1.39.5.3') as person_3_change,
    max(a.answer) filter (where a.linkid = 'f1.39.6.1') as person_4_name,
    max(a.answer) filter (where a.linkid = 'f1.39.6.3') as person_4_change,
    max(a.answer) filter (where a.linkid = 'f1.69.2') as disagreement,
    max(a.answer) filter (where a.linkid = 'problem-area') as problem_area,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_date) filter (where a.linkid = 'session-date') as session_date
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/55'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
