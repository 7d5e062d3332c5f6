-- eCBIS Remove Family Form, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_remove_patient_anon() }}'
  )
}}

select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    reason_for_removal,
    case when age_at_death is not null then 'REDACTED' end as age_at_death,
    case when other_reason is not null then 'REDACTED' end as other_reason,
    pipec.year_of(date_moved_away) as date_moved_away,
    pipec.year_of(date_of_death) as date_of_death,
    pipec.age_band(patient_birthdate, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band
from {{ ref('qr_remove_patient') }} as base
