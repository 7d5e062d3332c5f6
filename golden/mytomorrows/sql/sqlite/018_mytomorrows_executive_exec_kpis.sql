-- Every figure that counts patients. They are looked at together: of a total and its parts none gives away a group of fewer than eleven.
-- Written by pipec from executive.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_executive.exec_kpis";
create table "mytomorrows_executive.exec_kpis" as
with patients_missed as (
    select
        pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month))) as period_date,
        cast(count(distinct patient_id) filter (where is_missed) as real) as value
    from "mytomorrows_int.patient_months" as m
    where month is not null
    group by pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month)))
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
        pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month))) as period_date,
        cast(count(distinct patient_id) as real) as value
    from "mytomorrows_int.patient_months" as m
    where month is not null
    group by pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month)))
    having count(distinct patient_id) >= 11
),

patients_new as (
    select
        pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month))) as period_date,
        cast(count(distinct patient_id) filter (where is_new) as real) as value
    from "mytomorrows_int.patient_months" as m
    where month is not null
    group by pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month)))
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
        pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month))) as period_date,
        cast(count(distinct patient_id) filter (where not is_new) as real) as value
    from "mytomorrows_int.patient_months" as m
    where month is not null
    group by pipec_to_date(pipec_date_trunc('month', pipec_to_timestamp(month)))
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
        pipec_round(100
        * pipec_divide(patients_missed.value, nullif(patients_seen.value, 0)), 4) as value
    from patients_missed
    inner join patients_seen on patients_seen.period_date is patients_missed.period_date
),

new_patient_rate as (
    select
        patients_new.period_date,
        pipec_round(100
        * pipec_divide(patients_new.value, nullif(patients_seen.value, 0)), 4) as value
    from patients_new
    inner join patients_seen on patients_seen.period_date is patients_new.period_date
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
commit;
