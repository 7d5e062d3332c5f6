-- One row per client and month since registration: what held at the end of that month, or on the day of the run.
-- Written by pipec from metrics.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
with months as (
    select
        c.patient_id,
        c.organization_id,
        c.eligible_ipc_on,
        c.eligible_spi_on,
        c.eligible_fws_on,
        c.accepted_ipc_on,
        c.accepted_fws_on,
        cast(month.start as date) as period_date,
        cast(month.start + interval '1 month' as date) as next_start
    from engage_analytics_mart.client_services as c
    cross join lateral generate_series(
        date_trunc('month', cast(c.registration_date as timestamp)),
        cast(cast(:'run_date' as date) as timestamp),
        interval '1 month'
    ) as month(start)
)

select
    patient_id,
    organization_id,
    period_date,
    coalesce(eligible_ipc_on < next_start, false) as is_eligible_ipc,
    coalesce(eligible_spi_on < next_start, false) as is_eligible_spi,
    coalesce(eligible_fws_on < next_start, false) as is_eligible_fws,
    coalesce(accepted_ipc_on < next_start, false) as has_accepted_ipc,
    coalesce(accepted_fws_on < next_start, false) as has_accepted_fws
from months;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.client_months'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.client_months';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.client_months';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.client_months'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.client_months');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to client_months;
comment on table engage_analytics_mart.client_months is 'pipec: made anew by every build';
alter table engage_analytics_mart.client_months owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.client_months', 'pipec: rows made under 7dcdc83b242f5cb6', false, array['engage_analytics_mart.client_services']::text[], array['pipec: rows made under bcbec14d39666279']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.client_months');
grant select (patient_id, organization_id, period_date, is_eligible_ipc, is_eligible_spi, is_eligible_fws, has_accepted_ipc, has_accepted_fws) on table engage_analytics_mart.client_months to privacy_officer;
commit;
