-- Visits by day and priority, their mean over seven days, and the change against the week before.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_analytics',
    post_hook='{{ pipec_access_to_triage_trends() }}'
  )
}}

with days as (
    select
        cast(d.day as date) as day,
        p.priority
    from (
        select
            min(visited_on) as first
        from {{ ref('fct_triage_visits') }} as fct_triage_visits
    ) as seen
    cross join lateral generate_series(cast(seen.first as timestamp), cast({{ run_date() }} - 1 as timestamp), interval '1 day') as d(day)
    cross join (
        values
            ('Critical'),
            ('High'),
            ('Medium'),
            ('Low')
    ) as p(priority)
),

counted as (
    select
        visited_on,
        priority,
        count(*) as visits
    from {{ ref('fct_triage_visits') }} as fct_triage_visits
    group by visited_on, priority
),

filled as (
    select
        d.day,
        d.priority,
        coalesce(c.visits, 0) as visits
    from days as d
    left join counted as c
        on c.visited_on = d.day
        and c.priority = d.priority
)

select
    day,
    priority,
    visits,
    round(
        avg(visits) over (
            partition by priority
            order by day
            rows between 6 preceding and current row
        ),
        2
    ) as mean_7_days,
    sum(visits) over (partition by priority order by day rows between 6 preceding and current row)
    - sum(visits) over (
        partition by priority
        order by day
        rows between 13 preceding and 7 preceding
    ) as change_of_week
from filled
