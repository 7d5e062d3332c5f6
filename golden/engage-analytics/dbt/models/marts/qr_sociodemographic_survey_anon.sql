-- Sociodemographic Survey, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_sociodemographic_survey_anon() }}'
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
    ethnicity,
    race,
    case when race_other is not null then 'REDACTED' end as race_other,
    marital_status,
    education,
    employment,
    employer_name,
    household_size,
    primary_language,
    housing,
    case when emergency_contact_name is not null then 'REDACTED' end as emergency_contact_name,
    pipec.keep_last(emergency_contact_phone, 4) as emergency_contact_phone,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    veteran
from {{ ref('qr_sociodemographic_survey') }} as base
