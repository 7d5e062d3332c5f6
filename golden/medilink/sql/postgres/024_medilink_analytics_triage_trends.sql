-- Visits by day and priority, their mean over seven days, and the change against the week before.
-- Written by pipec from marts.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
with days as (
    select
        cast(d.day as date) as day,
        p.priority
    from (
        select
            min(visited_on) as first
        from medilink_marts.fct_triage_visits
    ) as seen
    cross join lateral generate_series(cast(seen.first as timestamp), cast(cast(:'run_date' as date) - 1 as timestamp), interval '1 day') as d(day)
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
    from medilink_marts.fct_triage_visits
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
from filled;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_analytics.triage_trends'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_analytics.triage_trends';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_analytics.triage_trends';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_analytics.triage_trends'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_analytics.triage_trends');
end
$body$;
alter table medilink_analytics.pipec_new rename to triage_trends;
comment on table medilink_analytics.triage_trends is 'pipec: made anew by every build';
alter table medilink_analytics.triage_trends owner to medilink_owner;
call medilink_access.reset('medilink_analytics.triage_trends');
grant select (day, priority, visits, mean_7_days, change_of_week) on table medilink_analytics.triage_trends to clinician;
commit;
