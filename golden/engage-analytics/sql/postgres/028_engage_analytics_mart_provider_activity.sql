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
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.provider_activity'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.provider_activity';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.provider_activity';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.provider_activity'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.provider_activity');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to provider_activity;
comment on table engage_analytics_mart.provider_activity is 'pipec: made anew by every build';
alter table engage_analytics_mart.provider_activity owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.provider_activity', 'pipec: rows made under 4a8719ce9fd8e9b6', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_header', 'engage_analytics_mart.practitioners', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under b5a8dde183c2bc91', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.provider_activity');
grant select (period_date, practitioner_id, organization_id, is_active_30d) on table engage_analytics_mart.provider_activity to privacy_officer;
commit;
