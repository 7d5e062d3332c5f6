-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    pipec.hmac_token(patient_id, 'PSEUDONYM_KEY', 'analysts') as patient_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    pipec.age_band(birth_date, date_trunc({{ run_date() }}, year), 10, 90) as age_band,
    is_deceased,
    gender,
    race,
    ethnicity,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec.zip3(zip, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip
from {{ ref('dim_patients') }} as base
