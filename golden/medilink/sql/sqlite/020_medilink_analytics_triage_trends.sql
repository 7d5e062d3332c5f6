-- Visits by day and priority, their mean over seven days, and the change against the week before.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "medilink_analytics.triage_trends";
create table "medilink_analytics.triage_trends" as
with days as (
    select
        pipec_to_date(d.value) as day,
        p.priority
    from (
        select
            min(visited_on) as first
        from "medilink_marts.fct_triage_visits"
    ) as seen
    cross join json_each(pipec_moment_series(pipec_to_timestamp(seen.first), pipec_to_timestamp(pipec_date_add(date(:run_date), -1)), '1 day')) as d
    join (
        select 'Critical' as priority
        union all select 'High'
        union all select 'Medium'
        union all select 'Low'
    ) as p
),

counted as (
    select
        visited_on,
        priority,
        count(*) as visits
    from "medilink_marts.fct_triage_visits"
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
    pipec_round(avg(visits) over (
        partition by priority
        order by day
        rows between 6 preceding and current row
    ), 2) as mean_7_days,
    sum(visits) over (partition by priority order by day rows between 6 preceding and current row)
    - sum(visits) over (
        partition by priority
        order by day
        rows between 13 preceding and 7 preceding
    ) as change_of_week
from filled;
commit;
