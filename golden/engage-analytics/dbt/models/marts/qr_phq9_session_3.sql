-- PHQ-9 (IPC Session 3): one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_phq9_session_3() }}'
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
    max(a.answer) filter (where a.linkid = 'f1.3.1') as little_interest,
    max(a.answer) filter (where a.linkid = 'f1.4.1') as feeling_down,
    max(a.answer) filter (where a.linkid = 'f1.5.1') as sleep_trouble,
    max(a.answer) filter (where a.linkid = 'f1.6.1') as low_energy,
    max(a.answer) filter (where a.linkid = 'f1.7.1') as appetite,
    max(a.answer) filter (where a.linkid = 'f1.8.1') as feeling_bad_about_self,
    max(a.answer) filter (where a.linkid = 'f1.9.1') as concentration,
    max(a.answer) filter (where a.linkid = 'f1.10.1') as psychomotor,
    max(a.answer) filter (where a.linkid = 'f1.11.1') as thoughts_of_self_harm,
    max(a.answer) filter (where a.linkid = '9c366bcc-38c8-449f-8823-8a1632f44da3') as difficulty,
    max(a.answer) filter (where a.linkid = 'b3d8e9fc-0435-47c5-a3f7-a0ce6cf41879') as severity,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_number) filter (
        where a.linkid = 'd4b3bbcc-6d23-45e1-9755-1aa0bfc1b646'
    ) as total_score
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/61'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
