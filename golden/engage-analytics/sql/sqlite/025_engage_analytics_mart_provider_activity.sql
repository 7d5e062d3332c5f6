-- One row per active practitioner: did they send a form in the thirty days before the run?
-- Written by pipec from metrics.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.provider_activity";
create table "engage_analytics_mart.provider_activity" as
with last_form as (
    select
        author_practitioner_id as practitioner_id,
        max(authored_on) as authored_on
    from "engage_analytics_int.int_qr_header" as h
    where author_practitioner_id is not null
    group by author_practitioner_id
)

select
    date(:run_date) as period_date,
    p.id as practitioner_id,
    p.organization_id,
    coalesce(
        f.authored_on between pipec_date_add(date(:run_date), -30) and date(:run_date),
        false
    ) as is_active_30d
from "engage_analytics_mart.practitioners" as p
left join last_form as f on f.practitioner_id = p.id
where p.active;
commit;
