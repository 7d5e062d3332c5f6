-- Every figure that counts patients. They are looked at together: of a total and its parts none gives away a group of fewer than eleven.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_executive.exec_kpis'));
begin
    if stands like 'vpipec: %' then
        drop view mytomorrows_executive.exec_kpis cascade;
    elsif stands like 'mpipec: %' then
        drop materialized view mytomorrows_executive.exec_kpis cascade;
    elsif stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
        raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_executive.exec_kpis';
    elsif stands not like 'r%' then
        raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_executive.exec_kpis';
    end if;
end
$body$;
drop table if exists mytomorrows_executive.pipec_new;
create table mytomorrows_executive.pipec_new as
with patients_missed as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) filter (where is_missed) as numeric) as value
    from mytomorrows_int.patient_months as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having
        count(distinct patient_id) filter (where is_missed) >= 11
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where is_missed) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_missed or is_new)
            = count(distinct patient_id) filter (where is_new)
            and count(distinct patient_id) filter (where is_new)
            - count(distinct patient_id) filter (where is_missed) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_missed or not is_new)
            = count(distinct patient_id) filter (where not is_new)
            and count(distinct patient_id) filter (where not is_new)
            - count(distinct patient_id) filter (where is_missed) between 1 and 10
        )
),

patients_seen as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) as numeric) as value
    from mytomorrows_int.patient_months as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having count(distinct patient_id) >= 11
),

patients_new as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) filter (where is_new) as numeric) as value
    from mytomorrows_int.patient_months as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having
        count(distinct patient_id) filter (where is_new) >= 11
        and not (
            count(distinct patient_id) filter (where is_new or is_missed)
            = count(distinct patient_id) filter (where is_missed)
            and count(distinct patient_id) filter (where is_missed)
            - count(distinct patient_id) filter (where is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_new or not is_new)
            = count(distinct patient_id) filter (where not is_new)
            and count(distinct patient_id) filter (where not is_new)
            - count(distinct patient_id) filter (where is_new) between 1 and 10
        )
),

patients_returning as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) filter (where not is_new) as numeric) as value
    from mytomorrows_int.patient_months as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having
        count(distinct patient_id) filter (where not is_new) >= 11
        and not (
            count(distinct patient_id) filter (where not is_new or is_missed)
            = count(distinct patient_id) filter (where is_missed)
            and count(distinct patient_id) filter (where is_missed)
            - count(distinct patient_id) filter (where not is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where not is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where not is_new or is_new)
            = count(distinct patient_id) filter (where is_new)
            and count(distinct patient_id) filter (where is_new)
            - count(distinct patient_id) filter (where not is_new) between 1 and 10
        )
),

missed_patient_rate as (
    select
        patients_missed.period_date,
        round(100 * (patients_missed.value / nullif(patients_seen.value, 0)), 4) as value
    from patients_missed
    inner join patients_seen
        on patients_seen.period_date is not distinct from patients_missed.period_date
),

new_patient_rate as (
    select
        patients_new.period_date,
        round(100 * (patients_new.value / nullif(patients_seen.value, 0)), 4) as value
    from patients_new
    inner join patients_seen
        on patients_seen.period_date is not distinct from patients_new.period_date
)

select
    'missed_patient_rate' as metric_id,
    'percent' as unit,
    'month' as grain,
    period_date,
    value
from missed_patient_rate

union all

select
    'new_patient_rate' as metric_id,
    'percent' as unit,
    'month' as grain,
    period_date,
    value
from new_patient_rate

union all

select
    'patients_missed' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    value
from patients_missed

union all

select
    'patients_new' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    value
from patients_new

union all

select
    'patients_returning' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    value
from patients_returning

union all

select
    'patients_seen' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    value
from patients_seen;
drop table if exists mytomorrows_executive.exec_kpis cascade;
alter table mytomorrows_executive.pipec_new rename to exec_kpis;
comment on table mytomorrows_executive.exec_kpis is 'pipec: made anew by every build';
alter table mytomorrows_executive.exec_kpis owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_executive.exec_kpis');
grant select (metric_id, unit, grain, period_date, value) on table mytomorrows_executive.exec_kpis to executive;
commit;
