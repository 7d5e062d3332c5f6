-- Every metric in one table. A count of one to ten clients is withheld.
-- Written by pipec from metrics.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
with active_providers as (
    select
        cast(date_trunc('day', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct practitioner_id) filter (where is_active_30d) as numeric) as value
    from engage_analytics_mart.provider_activity as m
    where period_date is not null
    group by cast(date_trunc('day', cast(m.period_date as timestamp)) as date), organization_id
),

client_encounters as (
    select
        cast(date_trunc('month', cast(encounter_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct subject_id) filter (
            where status in ('finished', 'in-progress')
        ) as numeric) as value
    from engage_analytics_mart.encounters as m
    where encounter_date is not null
    group by cast(date_trunc('month', cast(encounter_date as timestamp)) as date), organization_id
    having count(distinct subject_id) filter (where status in ('finished', 'in-progress')) >= 11
),

clients_accepted_fws as (
    select
        cast(date_trunc('month', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct patient_id) filter (where has_accepted_fws) as numeric) as value
    from engage_analytics_mart.client_months as m
    where period_date is not null
    group by cast(date_trunc('month', cast(m.period_date as timestamp)) as date), organization_id
    having
        count(distinct patient_id) filter (where has_accepted_fws) >= 11
        and not (
            count(distinct patient_id) filter (where has_accepted_fws or has_accepted_ipc)
            = count(distinct patient_id) filter (where has_accepted_ipc)
            and count(distinct patient_id) filter (where has_accepted_ipc)
            - count(distinct patient_id) filter (where has_accepted_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where has_accepted_fws or is_eligible_fws)
            = count(distinct patient_id) filter (where is_eligible_fws)
            and count(distinct patient_id) filter (where is_eligible_fws)
            - count(distinct patient_id) filter (where has_accepted_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where has_accepted_fws or is_eligible_ipc)
            = count(distinct patient_id) filter (where is_eligible_ipc)
            and count(distinct patient_id) filter (where is_eligible_ipc)
            - count(distinct patient_id) filter (where has_accepted_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where has_accepted_fws or is_eligible_spi)
            = count(distinct patient_id) filter (where is_eligible_spi)
            and count(distinct patient_id) filter (where is_eligible_spi)
            - count(distinct patient_id) filter (where has_accepted_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where has_accepted_fws) between 1 and 10
        )
),

clients_accepted_ipc as (
    select
        cast(date_trunc('month', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct patient_id) filter (where has_accepted_ipc) as numeric) as value
    from engage_analytics_mart.client_months as m
    where period_date is not null
    group by cast(date_trunc('month', cast(m.period_date as timestamp)) as date), organization_id
    having
        count(distinct patient_id) filter (where has_accepted_ipc) >= 11
        and not (
            count(distinct patient_id) filter (where has_accepted_ipc or has_accepted_fws)
            = count(distinct patient_id) filter (where has_accepted_fws)
            and count(distinct patient_id) filter (where has_accepted_fws)
            - count(distinct patient_id) filter (where has_accepted_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where has_accepted_ipc or is_eligible_fws)
            = count(distinct patient_id) filter (where is_eligible_fws)
            and count(distinct patient_id) filter (where is_eligible_fws)
            - count(distinct patient_id) filter (where has_accepted_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where has_accepted_ipc or is_eligible_ipc)
            = count(distinct patient_id) filter (where is_eligible_ipc)
            and count(distinct patient_id) filter (where is_eligible_ipc)
            - count(distinct patient_id) filter (where has_accepted_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where has_accepted_ipc or is_eligible_spi)
            = count(distinct patient_id) filter (where is_eligible_spi)
            and count(distinct patient_id) filter (where is_eligible_spi)
            - count(distinct patient_id) filter (where has_accepted_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where has_accepted_ipc) between 1 and 10
        )
),

clients_eligible_fws as (
    select
        cast(date_trunc('month', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct patient_id) filter (where is_eligible_fws) as numeric) as value
    from engage_analytics_mart.client_months as m
    where period_date is not null
    group by cast(date_trunc('month', cast(m.period_date as timestamp)) as date), organization_id
    having
        count(distinct patient_id) filter (where is_eligible_fws) >= 11
        and not (
            count(distinct patient_id) filter (where is_eligible_fws or has_accepted_fws)
            = count(distinct patient_id) filter (where has_accepted_fws)
            and count(distinct patient_id) filter (where has_accepted_fws)
            - count(distinct patient_id) filter (where is_eligible_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_fws or has_accepted_ipc)
            = count(distinct patient_id) filter (where has_accepted_ipc)
            and count(distinct patient_id) filter (where has_accepted_ipc)
            - count(distinct patient_id) filter (where is_eligible_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_fws or is_eligible_ipc)
            = count(distinct patient_id) filter (where is_eligible_ipc)
            and count(distinct patient_id) filter (where is_eligible_ipc)
            - count(distinct patient_id) filter (where is_eligible_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_fws or is_eligible_spi)
            = count(distinct patient_id) filter (where is_eligible_spi)
            and count(distinct patient_id) filter (where is_eligible_spi)
            - count(distinct patient_id) filter (where is_eligible_fws) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where is_eligible_fws) between 1 and 10
        )
),

clients_eligible_ipc as (
    select
        cast(date_trunc('month', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct patient_id) filter (where is_eligible_ipc) as numeric) as value
    from engage_analytics_mart.client_months as m
    where period_date is not null
    group by cast(date_trunc('month', cast(m.period_date as timestamp)) as date), organization_id
    having
        count(distinct patient_id) filter (where is_eligible_ipc) >= 11
        and not (
            count(distinct patient_id) filter (where is_eligible_ipc or has_accepted_fws)
            = count(distinct patient_id) filter (where has_accepted_fws)
            and count(distinct patient_id) filter (where has_accepted_fws)
            - count(distinct patient_id) filter (where is_eligible_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_ipc or has_accepted_ipc)
            = count(distinct patient_id) filter (where has_accepted_ipc)
            and count(distinct patient_id) filter (where has_accepted_ipc)
            - count(distinct patient_id) filter (where is_eligible_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_ipc or is_eligible_fws)
            = count(distinct patient_id) filter (where is_eligible_fws)
            and count(distinct patient_id) filter (where is_eligible_fws)
            - count(distinct patient_id) filter (where is_eligible_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_ipc or is_eligible_spi)
            = count(distinct patient_id) filter (where is_eligible_spi)
            and count(distinct patient_id) filter (where is_eligible_spi)
            - count(distinct patient_id) filter (where is_eligible_ipc) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where is_eligible_ipc) between 1 and 10
        )
),

clients_eligible_spi as (
    select
        cast(date_trunc('month', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct patient_id) filter (where is_eligible_spi) as numeric) as value
    from engage_analytics_mart.client_months as m
    where period_date is not null
    group by cast(date_trunc('month', cast(m.period_date as timestamp)) as date), organization_id
    having
        count(distinct patient_id) filter (where is_eligible_spi) >= 11
        and not (
            count(distinct patient_id) filter (where is_eligible_spi or has_accepted_fws)
            = count(distinct patient_id) filter (where has_accepted_fws)
            and count(distinct patient_id) filter (where has_accepted_fws)
            - count(distinct patient_id) filter (where is_eligible_spi) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_spi or has_accepted_ipc)
            = count(distinct patient_id) filter (where has_accepted_ipc)
            and count(distinct patient_id) filter (where has_accepted_ipc)
            - count(distinct patient_id) filter (where is_eligible_spi) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_spi or is_eligible_fws)
            = count(distinct patient_id) filter (where is_eligible_fws)
            and count(distinct patient_id) filter (where is_eligible_fws)
            - count(distinct patient_id) filter (where is_eligible_spi) between 1 and 10
        )
        and not (
            count(distinct patient_id) filter (where is_eligible_spi or is_eligible_ipc)
            = count(distinct patient_id) filter (where is_eligible_ipc)
            and count(distinct patient_id) filter (where is_eligible_ipc)
            - count(distinct patient_id) filter (where is_eligible_spi) between 1 and 10
        )
        and not (
            count(distinct patient_id)
            - count(distinct patient_id) filter (where is_eligible_spi) between 1 and 10
        )
),

patient_count as (
    select
        cast(date_trunc('month', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct patient_id) as numeric) as value
    from engage_analytics_mart.client_months as m
    where period_date is not null
    group by cast(date_trunc('month', cast(m.period_date as timestamp)) as date), organization_id
    having count(distinct patient_id) >= 11
),

encounters_by_delivery_format as (
    select
        cast(date_trunc('month', cast(authored_on as timestamp)) as date) as period_date,
        delivery_format,
        cast(count(distinct subject_patient_id) as numeric) as value
    from engage_analytics_mart.ipc_sessions as m
    where authored_on is not null
    group by cast(date_trunc('month', cast(authored_on as timestamp)) as date), delivery_format
    having count(distinct subject_patient_id) >= 11
),

provider_count as (
    select
        cast(date_trunc('day', cast(period_date as timestamp)) as date) as period_date,
        organization_id,
        cast(count(distinct practitioner_id) as numeric) as value
    from engage_analytics_mart.provider_activity as m
    where period_date is not null
    group by cast(date_trunc('day', cast(m.period_date as timestamp)) as date), organization_id
),

percent_active_providers as (
    select
        active_providers.period_date,
        active_providers.organization_id,
        round(100 * (active_providers.value / nullif(provider_count.value, 0)), 4) as value
    from active_providers
    inner join provider_count
        on provider_count.period_date is not distinct from active_providers.period_date
        and provider_count.organization_id is not distinct from active_providers.organization_id
)

select
    'active_providers' as metric_id,
    'count' as unit,
    'day' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from active_providers

union all

select
    'client_encounters' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from client_encounters

union all

select
    'clients_accepted_fws' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from clients_accepted_fws

union all

select
    'clients_accepted_ipc' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from clients_accepted_ipc

union all

select
    'clients_eligible_fws' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from clients_eligible_fws

union all

select
    'clients_eligible_ipc' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from clients_eligible_ipc

union all

select
    'clients_eligible_spi' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from clients_eligible_spi

union all

select
    'encounters_by_delivery_format' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    cast(null as text) as organization_id,
    delivery_format,
    value
from encounters_by_delivery_format

union all

select
    'patient_count' as metric_id,
    'count' as unit,
    'month' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from patient_count

union all

select
    'percent_active_providers' as metric_id,
    'percent' as unit,
    'day' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from percent_active_providers

union all

select
    'provider_count' as metric_id,
    'count' as unit,
    'day' as grain,
    period_date,
    organization_id,
    cast(null as text) as delivery_format,
    value
from provider_count;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.fct_metrics_long'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.fct_metrics_long';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.fct_metrics_long';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.fct_metrics_long'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.fct_metrics_long');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to fct_metrics_long;
comment on table engage_analytics_mart.fct_metrics_long is 'pipec: made anew by every build';
alter table engage_analytics_mart.fct_metrics_long owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e');
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_patient', 'pipec: rows made under 07a08cb573d2fae0');
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.fct_metrics_long', 'pipec: rows made under fc2bb229c37b2ed8', false, array['engage_analytics_mart.client_months', 'engage_analytics_mart.encounters', 'engage_analytics_mart.ipc_sessions', 'engage_analytics_mart.provider_activity']::text[], array['pipec: rows made under 7dcdc83b242f5cb6', 'pipec: rows made under 6e8a3b4cd937d78a', 'pipec: rows made under c89450a67d020f1b', 'pipec: rows made under 4a8719ce9fd8e9b6']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.fct_metrics_long');
grant select (metric_id, unit, grain, period_date, organization_id, delivery_format, value) on table engage_analytics_mart.fct_metrics_long to engage_analytics_exporter;
grant select (metric_id, unit, grain, period_date, organization_id, delivery_format, value) on table engage_analytics_mart.fct_metrics_long to privacy_officer;
grant select (metric_id, unit, grain, period_date, organization_id, delivery_format, value) on table engage_analytics_mart.fct_metrics_long to reporting;
commit;
