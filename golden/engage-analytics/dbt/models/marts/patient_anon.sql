-- Patients, de-identified: an age band instead of a birth date, three digits of the ZIP code.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_patient_anon() }}'
  )
}}

select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    gender,
    pipec.age_band(birth_date, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 5, 90) as age_band,
    deceased,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    pipec.keep_last(phone, 4) as phone,
    case when email is not null then 'REDACTED' end as email,
    case when street_address is not null then 'REDACTED' end as street_address,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec.zip3(zip, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip,
    case when medicaid_number is not null then 'REDACTED' end as medicaid_number,
    organization_id,
    pipec.hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id
from {{ ref('patient') }} as base
