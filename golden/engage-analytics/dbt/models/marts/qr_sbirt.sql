-- SBIRT: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_sbirt() }}'
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
    max(a.answer) filter (where a.linkid = 'sbirt/substance') as substance,
    max(a.answer) filter (where a.linkid = 'sbirt/pros') as reasons_to_change,
    max(a.answer) filter (where a.linkid = 'sbirt/cons') as reasons_to_stay,
    max(a.answer) filter (where a.linkid = 'sbirt/limit') as "limit",
    max(a.answer) filter (where a.linkid = 'sbirt/support') as support_person,
    max(a.answer) filter (where a.linkid = 'sbirt/support/phone') as support_phone,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_number) filter (where a.linkid = 'sbirt/days') as days_used,
    max(a.answer_number) filter (where a.linkid = 'sbirt/readiness') as readiness,
    max(a.answer_number) filter (where a.linkid = 'sbirt/spend') as weekly_spend
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/212'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
