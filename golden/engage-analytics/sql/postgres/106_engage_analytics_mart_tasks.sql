-- One row per task, with the organization of its owner.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    t.id,
    t.status,
    t.code,
    t.name,
    t.description,
    t.subject_id,
    po.practitioner_id,
    po.organization_id,
    t.authored_on,
    t.modified_on
from engage_analytics_stg.stg_task as t
left join engage_analytics_int.int_practitioner_organization as po on po.practitioner_id = t.owner_id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.tasks'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.tasks';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.tasks';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.tasks'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.tasks');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to tasks;
comment on table engage_analytics_mart.tasks is 'pipec: made anew by every build';
alter table engage_analytics_mart.tasks owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.tasks', 'pipec: rows made under 0cb2662c577b3ede', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_task']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under d767ee6d45403ce8']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.tasks');
grant select (id, status, code, name, description, subject_id, practitioner_id, organization_id, authored_on, modified_on) on table engage_analytics_mart.tasks to engage_analytics_exporter;
grant select (id, status, code, name, description, subject_id, practitioner_id, organization_id, authored_on, modified_on) on table engage_analytics_mart.tasks to privacy_officer;
commit;
