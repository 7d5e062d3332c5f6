-- IPC Session 1, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_start_ipc_session_1_anon() }}'
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
    pipec.hmac_token(encounter_ref, 'PSEUDONYM_KEY', 'anon') as encounter_ref,
    delivery_format,
    case when person_1_name is not null then 'REDACTED' end as person_1_name,
    case when person_1_change is not null then 'REDACTED' end as person_1_change,
    case when person_2_name is not null then 'REDACTED' end as person_2_name,
    case when person_2_change is not null then 'REDACTED' end as person_2_change,
    case when person_3_name is not null then 'REDACTED' end as person_3_name,
    case when person_3_change is not null then 'REDACTED' end as person_3_change,
    case when person_4_name is not null then 'REDACTED' end as person_4_name,
    case when person_4_change is not null then 'REDACTED' end as person_4_change,
    case when disagreement is not null then 'REDACTED' end as disagreement,
    problem_area,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    pipec.year_of(session_date) as session_date
from {{ ref('qr_start_ipc_session_1') }} as base
