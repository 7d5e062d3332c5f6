-- Sociodemographic Survey: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_sociodemographic_survey() }}'
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
    max(a.answer) filter (where a.linkid = 'SDS-1') as ethnicity,
    max(a.answer) filter (where a.linkid = 'SDS-2') as race,
    max(a.answer) filter (where a.linkid = 'SDS-2/other') as race_other,
    max(a.answer) filter (where a.linkid = 'SDS-3') as marital_status,
    max(a.answer) filter (where a.linkid = 'SDS-4') as education,
    max(a.answer) filter (where a.linkid = 'SDS-5') as employment,
    max(a.answer) filter (where a.linkid = 'SDS-5/employer') as employer_name,
    max(a.answer) filter (where a.linkid = 'SDS-6') as household_size,
    max(a.answer) filter (where a.linkid = 'SDS-7') as primary_language,
    max(a.answer) filter (where a.linkid = 'SDS-8') as housing,
    max(a.answer) filter (where a.linkid = 'SDS-10') as emergency_contact_name,
    max(a.answer) filter (where a.linkid = 'SDS-10.phone') as emergency_contact_phone,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    bool_or(a.answer_flag) filter (where a.linkid = 'SDS-9') as veteran
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/1613531'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
