-- Planning Next Steps: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_planning_next_steps() }}'
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
    max(a.answer) filter (where a.linkid = 'pns/phone') as best_phone,
    max(a.answer) filter (where a.linkid = 'pns/referral/to') as referral_provider,
    max(a.answer) filter (where a.linkid = 'pns/referral/organization') as referral_organization,
    max(a.answer) filter (where a.linkid = 'pns/refusal.reason') as refusal_reason,
    max(a.answer) filter (where a.linkid = 'pns/next-place') as next_session_place,
    max(a.answer_date) filter (where a.linkid = 'pns/next-date') as next_session_date,
    bool_or(a.answer_flag) filter (where a.linkid = 'pns/ipc/accept') as accepted_ipc,
    bool_or(a.answer_flag) filter (where a.linkid = 'pns/sbirt/accept') as accepted_sbirt,
    bool_or(a.answer_flag) filter (where a.linkid = 'pns/fws/accept') as accepted_fws,
    bool_or(a.answer_flag) filter (where a.linkid = 'pns/spi/accept') as accepted_spi,
    bool_or(a.answer_flag) filter (where a.linkid = 'pns/referral/accept') as accepted_referral
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/q-planning-next-steps'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
