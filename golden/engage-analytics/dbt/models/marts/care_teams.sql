-- One row per care team and member.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_care_teams() }}'
  )
}}

select
    t.id,
    t.name,
    t.status,
    t.organization_id,
    split_part(m.m -> 'member' ->> 'reference', '/', 1) as member_type,
    pipec.ref_id(m.m -> 'member' ->> 'reference') as member_id
from {{ ref('stg_care_team') }} as t
cross join lateral jsonb_array_elements(nullif(t.members, 'null')) as m(m)
