-- Short-Form PCL-5-8 (IPC Session 1), de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_sf_pcl5_session_1_anon() }}'
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
    memories,
    external_reminders,
    loss_of_interest,
    irritability,
    sleep,
    concentration,
    hypervigilance,
    startle,
    case when event is not null then 'REDACTED' end as event,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    total_score
from {{ ref('qr_sf_pcl5_session_1') }} as base
