-- Add Family Member Registration, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_qr_registration_info_anon() }}'
  )
}}

select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    pipec.hmac_token(unique_id, 'PSEUDONYM_KEY', 'anon') as unique_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when middle_name is not null then 'REDACTED' end as middle_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    case when age_if_unknown is not null then 'REDACTED' end as age_if_unknown,
    pipec.keep_last(phone_number, 4) as phone_number,
    case when email_address is not null then 'REDACTED' end as email_address,
    case when physical_address is not null then 'REDACTED' end as physical_address,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec.zip3(zip_code, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip_code,
    sex_at_birth,
    gender_identity,
    case when gender_identity_other is not null then 'REDACTED' end as gender_identity_other,
    pronouns,
    orientation,
    case when medicaid_number is not null then 'REDACTED' end as medicaid_number,
    learned_about_engage,
    case when learned_about_engage_other is not null then 'REDACTED' end as learned_about_engage_other,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    pipec.year_of(registration_date) as registration_date,
    has_medicaid,
    received_services_before
from {{ ref('qr_registration_info') }} as base
