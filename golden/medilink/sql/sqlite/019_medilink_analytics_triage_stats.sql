-- Every figure, for all facilities of a state. A count of one to ten patients is withheld.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "medilink_analytics.triage_stats";
create table "medilink_analytics.triage_stats" as
with patients_critical as (
    select
        pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(visited_on))) as period_date,
        state,
        cast(count(distinct patient_id) filter (where priority = 'Critical') as real) as value
    from "medilink_marts.fct_triage_visits" as m
    where visited_on is not null
    group by pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(visited_on))), state
    having
        count(distinct patient_id) filter (where priority = 'Critical') >= 11
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where priority = 'Critical') between 1 and 10
        )
),

patients_seen as (
    select
        pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(visited_on))) as period_date,
        state,
        cast(count(distinct patient_id) as real) as value
    from "medilink_marts.fct_triage_visits" as m
    where visited_on is not null
    group by pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(visited_on))), state
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
commit;
