-- The organization of each practitioner: that of the care team they are in, else that of their latest active role.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
drop view if exists "engage_analytics_int.int_practitioner_organization";
create view "engage_analytics_int.int_practitioner_organization" as
with membership as (
    select
        pipec_ref_id(pipec_json_text(pipec_json_element(m.type, m.value) -> '$.member.reference')) as practitioner_id,
        t.organization_id,
        row_number() over (
            partition by pipec_json_text(pipec_json_element(m.type, m.value) -> '$.member.reference')
            order by t.loaded_at desc, t.organization_id nulls last
        ) as rn
    from "engage_analytics_stg.stg_care_team" as t
    cross join json_each(nullif(t.members, 'null')) as m
),

current_role as (
    select
        practitioner_id,
        organization_id,
        role,
        row_number() over (partition by practitioner_id order by loaded_at desc, id) as rn
    from "engage_analytics_stg.stg_practitioner_role" as r
    where active
)

select
    p.id as practitioner_id,
    coalesce(m.organization_id, r.organization_id) as organization_id,
    r.role
from "engage_analytics_stg.stg_practitioner" as p
left join membership as m
    on m.practitioner_id = p.id
    and m.rn = 1
left join current_role as r
    on r.practitioner_id = p.id
    and r.rn = 1;
commit;
