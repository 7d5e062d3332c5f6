-- eCBIS Remove Family Form: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_remove_patient() }}'
  )
}}

select
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on,
    max(a.answer) filter (
        where a.linkid = 'f83bb7c0-dfd6-4aa8-9cb9-89d48b8040ff'
    ) as reason_for_removal,
    max(a.answer) filter (where a.linkid = '98ac4694-590e-4cc2-83f3-cc6455e688c5') as age_at_death,
    max(a.answer) filter (where a.linkid = '8489d249-1ef3-4edb-aa99-b5713fd2cb0a') as other_reason,
    max(a.answer_date) filter (
        where a.linkid = 'b6c21488-87b8-4213-8cd0-d482367669c1'
    ) as date_moved_away,
    max(a.answer_date) filter (
        where a.linkid = '17b7fda5-514c-4408-88e7-52313ab0ef2f'
    ) as date_of_death,
    max(a.answer_date) filter (where a.linkid = 'patient-birthdate') as patient_birthdate
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/69'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
