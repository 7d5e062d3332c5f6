-- The organization of each practitioner: that of the care team they are in, else that of their latest active role.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_int.int_practitioner_organization'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_int.int_practitioner_organization';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_int.int_practitioner_organization';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_int.int_practitioner_organization'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_int.int_practitioner_organization');
end
$body$;
create view engage_analytics_int.int_practitioner_organization as
with membership as (
    select
        pipec.ref_id(m.m -> 'member' ->> 'reference') as practitioner_id,
        t.organization_id,
        row_number() over (
            partition by m.m -> 'member' ->> 'reference'
            order by t.loaded_at desc, t.organization_id
        ) as rn
    from engage_analytics_stg.stg_care_team as t
    cross join lateral jsonb_array_elements(nullif(t.members, 'null')) as m(m)
),

"current_role" as (
    select
        practitioner_id,
        organization_id,
        role,
        row_number() over (partition by practitioner_id order by loaded_at desc, id) as rn
    from engage_analytics_stg.stg_practitioner_role as r
    where active
)

select
    p.id as practitioner_id,
    coalesce(m.organization_id, r.organization_id) as organization_id,
    r.role
from engage_analytics_stg.stg_practitioner as p
left join membership as m
    on m.practitioner_id = p.id
    and m.rn = 1
left join "current_role" as r
    on r.practitioner_id = p.id
    and r.rn = 1;
comment on view engage_analytics_int.int_practitioner_organization is 'pipec: made anew by every build';
call engage_analytics_access.mark_rows('engage_analytics_int.int_practitioner_organization', 'pipec: rows made under cace0eb84c897477', false, array['engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role']::text[], array['pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a']::text[]);
call engage_analytics_access.reset('engage_analytics_int.int_practitioner_organization');
grant select (practitioner_id, organization_id, role) on table engage_analytics_int.int_practitioner_organization to privacy_officer;
alter view engage_analytics_int.int_practitioner_organization set (security_barrier = true);
commit;
