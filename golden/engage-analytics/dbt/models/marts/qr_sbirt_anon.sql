-- SBIRT, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_sbirt_anon() }}'
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
    substance,
    case when reasons_to_change is not null then 'REDACTED' end as reasons_to_change,
    case when reasons_to_stay is not null then 'REDACTED' end as reasons_to_stay,
    "limit",
    case when support_person is not null then 'REDACTED' end as support_person,
    pipec.keep_last(support_phone, 4) as support_phone,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    days_used,
    readiness,
    weekly_spend
from {{ ref('qr_sbirt') }} as base
