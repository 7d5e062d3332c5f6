-- Encounters, de-identified: the year of the visit only, and nobody's id.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_encounters_anon() }}'
  )
}}

select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    status,
    class_code,
    service,
    case when reason is not null then 'REDACTED' end as reason,
    pipec.hmac_token(subject_id, 'PSEUDONYM_KEY', 'anon') as subject_id,
    pipec.hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id,
    organization_id,
    pipec.year_of(encounter_date) as encounter_date
from {{ ref('encounters') }} as base
