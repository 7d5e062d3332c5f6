-- IPC Session 4: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_start_ipc_session_4() }}'
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
    max(a.answer) filter (where a.linkid = '9a02423f-9848-4254-b427-3dfa8819d0de') as ending_reason,
    max(a.answer) filter (
        where a.linkid = '9b602b02-e5f9-4795-9fb9-fc7ae4353a19'
    ) as skills_learned,
    max(a.answer) filter (
        where a.linkid = 'is-connected-to-clinical-care-details'
    ) as connected_to_care_details,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_date) filter (where a.linkid = 'session-date') as session_date,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'is-connected-to-clinical-care'
    ) as connected_to_care
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/63'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
