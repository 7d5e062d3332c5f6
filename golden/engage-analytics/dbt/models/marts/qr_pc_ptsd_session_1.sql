-- PC-PTSD "obsolete" (IPC Session 1): one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_pc_ptsd_session_1() }}'
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
    bool_or(a.answer_flag) filter (where a.linkid = 'PTSD.1') as nightmares,
    bool_or(a.answer_flag) filter (where a.linkid = 'PTSD.2') as avoidance,
    bool_or(a.answer_flag) filter (where a.linkid = 'PTSD.3') as on_guard,
    bool_or(a.answer_flag) filter (where a.linkid = 'PTSD.4') as numb,
    bool_or(a.answer_flag) filter (where a.linkid = 'PTSD.5') as guilt
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/pc-ptsd-ipc-session-1'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
