-- One row per care team and member.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    t.id,
    t.name,
    t.status,
    t.organization_id,
    split_part(m.m -> 'member' ->> 'reference', '/', 1) as member_type,
    pipec.ref_id(m.m -> 'member' ->> 'reference') as member_id
from engage_analytics_stg.stg_care_team as t
cross join lateral jsonb_array_elements(nullif(t.members, 'null')) as m(m);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.care_teams'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.care_teams';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.care_teams';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.care_teams'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.care_teams');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to care_teams;
comment on table engage_analytics_mart.care_teams is 'pipec: made anew by every build';
alter table engage_analytics_mart.care_teams owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.care_teams', 'pipec: rows made under 0f9c72fdddd5e3fb', false, array['engage_analytics_stg.stg_care_team']::text[], array['pipec: rows made under 11a87b72d27277b0']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.care_teams');
grant select (id, name, status, organization_id, member_type, member_id) on table engage_analytics_mart.care_teams to engage_analytics_exporter;
grant select (id, name, status, organization_id, member_type, member_id) on table engage_analytics_mart.care_teams to privacy_officer;
commit;
