-- One row per encounter that took place or was planned, with the organization of who held it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    e.id,
    e.status,
    e.class_code,
    e.service,
    e.reason,
    e.subject_id,
    po.practitioner_id,
    po.organization_id,
    e.encounter_date,
    e.period_start,
    e.period_end
from engage_analytics_stg.stg_encounter as e
left join engage_analytics_int.int_practitioner_organization as po
    on po.practitioner_id = e.practitioner_id
where e.status <> 'entered-in-error';
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.encounters'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.encounters';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.encounters';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.encounters'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.encounters');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to encounters;
comment on table engage_analytics_mart.encounters is 'pipec: made anew by every build';
alter table engage_analytics_mart.encounters owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.encounters', 'pipec: rows made under 6e8a3b4cd937d78a', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_encounter', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under a2d5ce2f324f732e', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.encounters');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date, period_start, period_end) on table engage_analytics_mart.encounters to engage_analytics_exporter;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date, period_start, period_end) on table engage_analytics_mart.encounters to privacy_officer;
commit;
