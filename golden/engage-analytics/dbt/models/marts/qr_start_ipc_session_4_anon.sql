-- IPC Session 4, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_start_ipc_session_4_anon() }}'
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
    case when ending_reason is not null then 'REDACTED' end as ending_reason,
    case when skills_learned is not null then 'REDACTED' end as skills_learned,
    case when connected_to_care_details is not null then 'REDACTED' end as connected_to_care_details,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    pipec.year_of(session_date) as session_date,
    connected_to_care
from {{ ref('qr_start_ipc_session_4') }} as base
