-- The organization of each practitioner: that of the care team they are in, else that of their latest active role.
-- Written by pipec from intermediate.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='engage_analytics_int',
    post_hook='{{ pipec_access_to_int_practitioner_organization() }}'
  )
}}

with membership as (
    select
        pipec.ref_id(m.m -> 'member' ->> 'reference') as practitioner_id,
        t.organization_id,
        row_number() over (
            partition by m.m -> 'member' ->> 'reference'
            order by t.loaded_at desc, t.organization_id
        ) as rn
    from {{ ref('stg_care_team') }} as t
    cross join lateral jsonb_array_elements(nullif(t.members, 'null')) as m(m)
),

"current_role" as (
    select
        practitioner_id,
        organization_id,
        role,
        row_number() over (partition by practitioner_id order by loaded_at desc, id) as rn
    from {{ ref('stg_practitioner_role') }} as r
    where active
)

select
    p.id as practitioner_id,
    coalesce(m.organization_id, r.organization_id) as organization_id,
    r.role
from {{ ref('stg_practitioner') }} as p
left join membership as m
    on m.practitioner_id = p.id
    and m.rn = 1
left join "current_role" as r
    on r.practitioner_id = p.id
    and r.rn = 1
