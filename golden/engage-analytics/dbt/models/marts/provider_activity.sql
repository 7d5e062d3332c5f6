-- One row per active practitioner: did they send a form in the thirty days before the run?
-- Written by pipec from metrics.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='engage_analytics_mart',
    post_hook='{{ pipec_access_to_provider_activity() }}'
  )
}}

with last_form as (
    select
        author_practitioner_id as practitioner_id,
        max(authored_on) as authored_on
    from {{ ref('int_qr_header') }} as h
    where author_practitioner_id is not null
    group by author_practitioner_id
)

select
    {{ run_date() }} as period_date,
    p.id as practitioner_id,
    p.organization_id,
    coalesce(
        f.authored_on between {{ run_date() }} - 30 and {{ run_date() }},
        false
    ) as is_active_30d
from {{ ref('practitioners') }} as p
left join last_form as f on f.practitioner_id = p.id
where p.active
