-- Every figure. They are looked at together: of a total and its parts none gives away a group of fewer than eleven, nor what one patient cost.
-- Written by pipec from executive.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='mytomorrows_executive',
    post_hook='{{ pipec_access_to_exec_kpis() }}'
  )
}}

with total_cost_sums as (
    select
        cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
        sum(base_cost) as value,
        count(distinct base_cost) as kinds
    from {{ ref('int_procedures') }} as m
    where performed_on is not null
    group by cast(date_trunc('month', cast(performed_on as timestamp)) as date)
    having count(distinct patient_id) >= 11
),

total_cost_shares as (
    select
        by_1,
        count(case when net <> 0 then person end) as people,
        sum(abs(net)) as whole,
        max(abs(net)) as most,
        sum(net) as net
    from (
        select
            cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
            patient_id as person,
            sum(base_cost) as net
        from {{ ref('int_procedures') }} as m
        where performed_on is not null
        group by cast(date_trunc('month', cast(performed_on as timestamp)) as date), patient_id
    ) as h
    group by by_1
),

total_cost_weighed as (
    select
        by_1,
        people,
        whole,
        most,
        net,
        value,
        safe
    from (
        select
            by_1,
            case when max(kinds) >= 11 then max(people) else 0 end as people,
            max(whole) as whole,
            max(most) as most,
            max(net) as net,
            max(value) as value,
            case
                when max(proven) = 1
                and max(counted) = 1
                and max(kinds) >= 11
                and max(people) >= 11
                and 2 * max(most) <= max(whole) then 1
                else 0
            end as safe
        from (
            select
                by_1,
                people,
                whole,
                most,
                net,
                cast(null as numeric) as value,
                cast(0 as bigint) as kinds,
                0 as proven,
                1 as counted
            from total_cost_shares as f

            union all

            select
                by_1,
                cast(0 as bigint) as people,
                cast(0 as numeric) as whole,
                cast(0 as numeric) as most,
                cast(0 as numeric) as net,
                value,
                kinds,
                1 as proven,
                0 as counted
            from total_cost_sums as f
        ) as n
        group by by_1
    ) as h
),

total_cost as (
    select
        by_1 as period_date,
        value
    from total_cost_weighed as s
    where safe = 1
),

procedure_volume_sums as (
    select
        cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
        cast(count(*) as numeric) as value
    from {{ ref('int_procedures') }} as m
    where performed_on is not null
    group by cast(date_trunc('month', cast(performed_on as timestamp)) as date)
    having count(distinct patient_id) >= 11
),

procedure_volume_shares as (
    select
        by_1,
        count(case when net <> 0 then person end) as people,
        sum(abs(net)) as whole,
        max(abs(net)) as most,
        sum(net) as net
    from (
        select
            cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
            patient_id as person,
            cast(count(*) as numeric) as net
        from {{ ref('int_procedures') }} as m
        where performed_on is not null
        group by cast(date_trunc('month', cast(performed_on as timestamp)) as date), patient_id
    ) as h
    group by by_1
),

procedure_volume_weighed as (
    select
        by_1,
        people,
        whole,
        most,
        net,
        value,
        safe
    from (
        select
            by_1,
            max(people) as people,
            max(whole) as whole,
            max(most) as most,
            max(net) as net,
            max(value) as value,
            case
                when max(proven) = 1
                and max(counted) = 1
                and max(people) >= 11
                and 2 * max(most) <= max(whole) then 1
                else 0
            end as safe
        from (
            select
                by_1,
                people,
                whole,
                most,
                net,
                cast(null as numeric) as value,
                0 as proven,
                1 as counted
            from procedure_volume_shares as f

            union all

            select
                by_1,
                cast(0 as bigint) as people,
                cast(0 as numeric) as whole,
                cast(0 as numeric) as most,
                cast(0 as numeric) as net,
                value,
                1 as proven,
                0 as counted
            from procedure_volume_sums as f
        ) as n
        group by by_1
    ) as h
),

procedure_volume as (
    select
        by_1 as period_date,
        value
    from procedure_volume_weighed as s
    where safe = 1
),

cost_by_group_sums as (
    select
        cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
        procedure_group as by_2,
        sum(base_cost) as value,
        count(distinct base_cost) as kinds
    from {{ ref('int_procedures') }} as m
    where performed_on is not null
    group by cast(date_trunc('month', cast(performed_on as timestamp)) as date), procedure_group
    having count(distinct patient_id) >= 11
),

cost_by_group_shares as (
    select
        by_1,
        by_2,
        count(case when net <> 0 then person end) as people,
        sum(abs(net)) as whole,
        max(abs(net)) as most,
        sum(net) as net
    from (
        select
            cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
            procedure_group as by_2,
            patient_id as person,
            sum(base_cost) as net
        from {{ ref('int_procedures') }} as m
        where performed_on is not null
        group by
            cast(date_trunc('month', cast(performed_on as timestamp)) as date),
            procedure_group,
            patient_id
    ) as h
    group by by_1, by_2
),

cost_by_group_weighed as (
    select
        h.by_1,
        h.by_2,
        h.by_1 as of_1,
        h.people,
        h.whole,
        h.most,
        h.net,
        h.value,
        h.safe
    from (
        select
            by_1,
            by_2,
            case when max(kinds) >= 11 then max(people) else 0 end as people,
            max(whole) as whole,
            max(most) as most,
            max(net) as net,
            max(value) as value,
            case
                when max(proven) = 1
                and max(counted) = 1
                and max(kinds) >= 11
                and max(people) >= 11
                and 2 * max(most) <= max(whole) then 1
                else 0
            end as safe
        from (
            select
                by_1,
                by_2,
                people,
                whole,
                most,
                net,
                cast(null as numeric) as value,
                cast(0 as bigint) as kinds,
                0 as proven,
                1 as counted
            from cost_by_group_shares as f

            union all

            select
                by_1,
                by_2,
                cast(0 as bigint) as people,
                cast(0 as numeric) as whole,
                cast(0 as numeric) as most,
                cast(0 as numeric) as net,
                value,
                kinds,
                1 as proven,
                0 as counted
            from cost_by_group_sums as f
        ) as n
        group by by_1, by_2
    ) as h
    inner join total_cost as p on h.by_1 is not distinct from p.period_date
),

cost_by_group as (
    select
        by_1 as period_date,
        by_2 as procedure_group,
        value
    from (
        select
            by_1,
            by_2,
            value,
            safe,
            max(
                case
                    when safe = 1
                    and (
                        left_parts = 0
                        or (left_safe > 0 or left_people >= 11)
                        and case when left_whole = abs(left_net) then 2 else 11 end * left_most
                        <= abs(left_net)
                    ) then 1
                    else 0
                end
            ) over (partition by of_1 order by people) as told
        from (
            select
                by_1,
                by_2,
                of_1,
                people,
                value,
                safe,
                max(case when safe = 0 then people else 0 end) over (partition by of_1) as left_people,
                count(*) over (partition by of_1)
                - sum(safe) over (partition by of_1 order by people desc) as left_parts,
                sum(safe) over (partition by of_1)
                - sum(safe) over (partition by of_1 order by people desc) as left_safe,
                sum(most) over (partition by of_1)
                - sum(case when safe = 1 then most else 0 end) over (
                    partition by of_1
                    order by people desc
                ) as left_most,
                sum(whole) over (partition by of_1)
                - sum(case when safe = 1 then whole else 0 end) over (
                    partition by of_1
                    order by people desc
                ) as left_whole,
                sum(net) over (partition by of_1)
                - sum(case when safe = 1 then net else 0 end) over (
                    partition by of_1
                    order by people desc
                ) as left_net
            from cost_by_group_weighed as q
        ) as r
    ) as s
    where
        told = 1
        and safe = 1
),

volume_by_group_sums as (
    select
        cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
        procedure_group as by_2,
        cast(count(*) as numeric) as value
    from {{ ref('int_procedures') }} as m
    where performed_on is not null
    group by cast(date_trunc('month', cast(performed_on as timestamp)) as date), procedure_group
    having count(distinct patient_id) >= 11
),

volume_by_group_shares as (
    select
        by_1,
        by_2,
        count(case when net <> 0 then person end) as people,
        sum(abs(net)) as whole,
        max(abs(net)) as most,
        sum(net) as net
    from (
        select
            cast(date_trunc('month', cast(performed_on as timestamp)) as date) as by_1,
            procedure_group as by_2,
            patient_id as person,
            cast(count(*) as numeric) as net
        from {{ ref('int_procedures') }} as m
        where performed_on is not null
        group by
            cast(date_trunc('month', cast(performed_on as timestamp)) as date),
            procedure_group,
            patient_id
    ) as h
    group by by_1, by_2
),

volume_by_group_weighed as (
    select
        h.by_1,
        h.by_2,
        h.by_1 as of_1,
        h.people,
        h.whole,
        h.most,
        h.net,
        h.value,
        h.safe
    from (
        select
            by_1,
            by_2,
            max(people) as people,
            max(whole) as whole,
            max(most) as most,
            max(net) as net,
            max(value) as value,
            case
                when max(proven) = 1
                and max(counted) = 1
                and max(people) >= 11
                and 2 * max(most) <= max(whole) then 1
                else 0
            end as safe
        from (
            select
                by_1,
                by_2,
                people,
                whole,
                most,
                net,
                cast(null as numeric) as value,
                0 as proven,
                1 as counted
            from volume_by_group_shares as f

            union all

            select
                by_1,
                by_2,
                cast(0 as bigint) as people,
                cast(0 as numeric) as whole,
                cast(0 as numeric) as most,
                cast(0 as numeric) as net,
                value,
                1 as proven,
                0 as counted
            from volume_by_group_sums as f
        ) as n
        group by by_1, by_2
    ) as h
    inner join procedure_volume as p on h.by_1 is not distinct from p.period_date
),

volume_by_group as (
    select
        by_1 as period_date,
        by_2 as procedure_group,
        value
    from (
        select
            by_1,
            by_2,
            value,
            safe,
            max(
                case
                    when safe = 1
                    and (
                        left_parts = 0
                        or (left_safe > 0 or left_people >= 11)
                        and case when left_whole = abs(left_net) then 2 else 11 end * left_most
                        <= abs(left_net)
                    ) then 1
                    else 0
                end
            ) over (partition by of_1 order by people) as told
        from (
            select
                by_1,
                by_2,
                of_1,
                people,
                value,
                safe,
                max(case when safe = 0 then people else 0 end) over (partition by of_1) as left_people,
                count(*) over (partition by of_1)
                - sum(safe) over (partition by of_1 order by people desc) as left_parts,
                sum(safe) over (partition by of_1)
                - sum(safe) over (partition by of_1 order by people desc) as left_safe,
                sum(most) over (partition by of_1)
                - sum(case when safe = 1 then most else 0 end) over (
                    partition by of_1
                    order by people desc
                ) as left_most,
                sum(whole) over (partition by of_1)
                - sum(case when safe = 1 then whole else 0 end) over (
                    partition by of_1
                    order by people desc
                ) as left_whole,
                sum(net) over (partition by of_1)
                - sum(case when safe = 1 then net else 0 end) over (
                    partition by of_1
                    order by people desc
                ) as left_net
            from volume_by_group_weighed as q
        ) as r
    ) as s
    where
        told = 1
        and safe = 1
),

patients_seen as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) as numeric) as value
    from {{ ref('patient_months') }} as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having count(distinct patient_id) >= 11
),

patients_missed as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) filter (where is_missed) as numeric) as value
    from {{ ref('patient_months') }} as m
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

patients_new as (
    select
        cast(date_trunc('month', cast(month as timestamp)) as date) as period_date,
        cast(count(distinct patient_id) filter (where is_new) as numeric) as value
    from {{ ref('patient_months') }} as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having
        count(distinct patient_id) filter (where is_new) >= 11
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_new or is_missed)
            = count(distinct patient_id) filter (where is_missed)
            and count(distinct patient_id) filter (where is_missed)
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
    from {{ ref('patient_months') }} as m
    where month is not null
    group by cast(date_trunc('month', cast(month as timestamp)) as date)
    having
        count(distinct patient_id) filter (where not is_new) >= 11
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where not is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where not is_new or is_missed)
            = count(distinct patient_id) filter (where is_missed)
            and count(distinct patient_id) filter (where is_missed)
            - count(distinct patient_id) filter (where not is_new) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where not is_new or is_new)
            = count(distinct patient_id) filter (where is_new)
            and count(distinct patient_id) filter (where is_new)
            - count(distinct patient_id) filter (where not is_new) between 1 and 10
        )
),

cost_per_patient as (
    select
        total_cost.period_date,
        round(total_cost.value / nullif(patients_seen.value, 0), 4) as value
    from total_cost
    inner join patients_seen
        on patients_seen.period_date is not distinct from total_cost.period_date
    where total_cost.value = patients_seen.value
    or abs(total_cost.value - patients_seen.value) >= 11
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
),

patients_seen_change as (
    select
        patients_seen.period_date,
        round(100 * (patients_seen.value / nullif(patients_seen_before.value, 0) - 1), 4) as value
    from patients_seen
    inner join patients_seen as patients_seen_before
        on patients_seen_before.period_date
        = cast(cast(patients_seen.period_date as timestamp) - interval '1 month' as date)
)

select
    'cost_by_group' as metric_id,
    'usd' as unit,
    'month' as grain,
    period_date,
    procedure_group,
    value
from cost_by_group

union all

select
    'cost_per_patient' as metric_id,
    'usd' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from cost_per_patient

union all

select
    'missed_patient_rate' as metric_id,
    'percent' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from missed_patient_rate

union all

select
    'new_patient_rate' as metric_id,
    'percent' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from new_patient_rate

union all

select
    'patients_missed' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from patients_missed

union all

select
    'patients_new' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from patients_new

union all

select
    'patients_returning' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from patients_returning

union all

select
    'patients_seen' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from patients_seen

union all

select
    'patients_seen_change' as metric_id,
    'percent' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from patients_seen_change

union all

select
    'procedure_volume' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from procedure_volume

union all

select
    'total_cost' as metric_id,
    'usd' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as procedure_group,
    value
from total_cost

union all

select
    'volume_by_group' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    procedure_group,
    value
from volume_by_group
