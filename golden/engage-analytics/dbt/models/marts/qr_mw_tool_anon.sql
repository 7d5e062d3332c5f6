-- Mental Wellness Tool, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_mw_tool_anon() }}'
  )
}}

select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    case when patient_age is not null then 'REDACTED' end as patient_age,
    down_or_hopeless,
    nervous_or_on_edge,
    restless,
    drinking_frequency,
    case when supervisor_advice is not null then 'REDACTED' end as supervisor_advice,
    case when referred_to is not null then 'REDACTED' end as referred_to,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    drinks_on_a_typical_day,
    wished_to_be_dead,
    suicide_risk,
    severe_mental_health,
    common_mental_health,
    alcohol_problem,
    drug_problem,
    no_mental_problem
from {{ ref('qr_mw_tool') }} as base
