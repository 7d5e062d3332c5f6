-- Every figure, for all facilities of a state. A count of one to ten patients is withheld.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
with patients_critical as (
    select
        cast(date_trunc('month', cast(visited_on as timestamp)) as date) as period_date,
        state,
        cast(count(distinct patient_id) filter (where priority = 'Critical') as numeric) as value
    from medilink_marts.fct_triage_visits as m
    where visited_on is not null
    group by cast(date_trunc('month', cast(visited_on as timestamp)) as date), state
    having
        count(distinct patient_id) filter (where priority = 'Critical') >= 11
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where priority = 'Critical') between 1 and 10
        )
),

patients_seen as (
    select
        cast(date_trunc('month', cast(visited_on as timestamp)) as date) as period_date,
        state,
        cast(count(distinct patient_id) as numeric) as value
    from medilink_marts.fct_triage_visits as m
    where visited_on is not null
    group by cast(date_trunc('month', cast(visited_on as timestamp)) as date), state
    having count(distinct patient_id) >= 11
)

select
    'patients_critical' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    state,
    value
from patients_critical

union all

select
    'patients_seen' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    state,
    value
from patients_seen;
drop table if exists medilink_analytics.triage_stats cascade;
alter table medilink_analytics.pipec_new rename to triage_stats;
alter table medilink_analytics.triage_stats owner to medilink_owner;
call medilink_access.reset('medilink_analytics.triage_stats');
grant select (metric_id, unit, grain, period_date, state, value) on table medilink_analytics.triage_stats to api_reader;
grant select (metric_id, unit, grain, period_date, state, value) on table medilink_analytics.triage_stats to clinician;
commit;
