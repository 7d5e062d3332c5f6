-- Practitioners, de-identified: organization and role, no name and no number.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_practitioners_anon() }}'
  )
}}

select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    organization_id,
    role,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    case when phone is not null then 'REDACTED' end as phone,
    case when email is not null then 'REDACTED' end as email
from {{ ref('practitioners') }} as base
