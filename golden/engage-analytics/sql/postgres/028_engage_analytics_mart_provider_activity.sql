-- One row per active practitioner: did they send a form in the thirty days before the run?
-- Written by pipec from metrics.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
with last_form as (
    select
        author_practitioner_id as practitioner_id,
        max(authored_on) as authored_on
    from engage_analytics_int.int_qr_header as h
    where author_practitioner_id is not null
    group by author_practitioner_id
)

select
    cast(:'run_date' as date) as period_date,
    p.id as practitioner_id,
    p.organization_id,
    coalesce(
        f.authored_on between cast(:'run_date' as date) - 30 and cast(:'run_date' as date),
        false
    ) as is_active_30d
from engage_analytics_mart.practitioners as p
left join last_form as f on f.practitioner_id = p.id
where p.active;
drop table if exists engage_analytics_mart.provider_activity cascade;
alter table engage_analytics_mart.pipec_new rename to provider_activity;
alter table engage_analytics_mart.provider_activity owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.provider_activity');
grant select (period_date, practitioner_id, organization_id, is_active_30d) on table engage_analytics_mart.provider_activity to privacy_officer;
commit;
