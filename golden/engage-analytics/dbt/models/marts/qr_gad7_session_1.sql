-- GAD-7 (IPC Session 1): one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_gad7_session_1() }}'
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
    max(a.answer) filter (where a.linkid = 'f1.15.1') as nervous,
    max(a.answer) filter (where a.linkid = 'f1.16.1') as cannot_stop_worrying,
    max(a.answer) filter (where a.linkid = 'f1.17.1') as worrying_too_much,
    max(a.answer) filter (where a.linkid = 'f1.18.1') as trouble_relaxing,
    max(a.answer) filter (where a.linkid = 'f1.19.1') as restless,
    max(a.answer) filter (where a.linkid = 'f1.20.1') as irritable,
    max(a.answer) filter (where a.linkid = 'f1.21.1') as afraid,
    max(a.answer) filter (where a.linkid = '829e6d32-3fa7-4d16-909b-b198aea54603') as severity,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_number) filter (
        where a.linkid = '583c5b02-b26c-4821-8da8-7ed9066d9d5d'
    ) as total_score
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/202'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
