-- Mental Wellness Tool (IPC Session 4): one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_mw_tool_session_4() }}'
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
    max(a.answer) filter (where a.linkid = 'patient-age') as patient_age,
    max(a.answer) filter (
        where a.linkid = '59ae2c65-3a25-4acb-9db5-7aa035c54a63'
    ) as down_or_hopeless,
    max(a.answer) filter (
        where a.linkid = '99f0d10e-9522-457f-8432-fd489c53acb3'
    ) as nervous_or_on_edge,
    max(a.answer) filter (where a.linkid = 'b9ecb840-8515-4091-8cef-863ed297012e') as restless,
    max(a.answer) filter (
        where a.linkid = '156fce37-203f-4760-a9f9-1b8ab0ae0642'
    ) as drinking_frequency,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_number) filter (where a.linkid = 'how-many-drinks') as drinks_on_a_typical_day,
    bool_or(a.answer_flag) filter (
        where a.linkid = '2c50fee4-7a5d-4d62-80aa-73329934d7dc'
    ) as wished_to_be_dead,
    bool_or(a.answer_flag) filter (where a.linkid = 'suicide-risk') as suicide_risk,
    bool_or(a.answer_flag) filter (where a.linkid = 'severe-mental-health') as severe_mental_health,
    bool_or(a.answer_flag) filter (where a.linkid = 'common-mental-health') as common_mental_health,
    bool_or(a.answer_flag) filter (where a.linkid = 'alcohol-problem') as alcohol_problem,
    bool_or(a.answer_flag) filter (where a.linkid = 'drug-problem') as drug_problem,
    bool_or(a.answer_flag) filter (where a.linkid = 'no-mental-problem') as no_mental_problem
from {{ ref('int_qr_header') }} as h
left join {{ ref('int_qr_answers_long') }} as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/mw-tool-ipc-session-4'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on
