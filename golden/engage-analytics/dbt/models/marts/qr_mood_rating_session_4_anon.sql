-- Mood Rating (IPC Session 4), de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_mood_rating_session_4_anon() }}'
  )
}}

select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    case when mood_reason is not null then 'REDACTED' end as mood_reason,
    mood
from {{ ref('qr_mood_rating_session_4') }} as base
