-- One row per client and month since registration: what held at the end of that month, or on the day of the run.
-- Written by pipec from metrics.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.client_months";
create table "engage_analytics_mart.client_months" as
with months as (
    select
        c.patient_id,
        c.organization_id,
        c.eligible_ipc_on,
        c.eligible_spi_on,
        c.eligible_fws_on,
        c.accepted_ipc_on,
        c.accepted_fws_on,
        pipec_to_date(month.value) as period_date,
        pipec_to_date(pipec_add_interval(month.value, '1 mon')) as next_start
    from "engage_analytics_mart.client_services" as c
    cross join json_each(pipec_moment_series(pipec_date_trunc('month', pipec_to_timestamp(c.registration_date)), pipec_to_timestamp(date(:run_date)), '1 mon')) as month
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
commit;
