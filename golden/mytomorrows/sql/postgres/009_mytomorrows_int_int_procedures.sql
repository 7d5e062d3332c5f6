-- One row per procedure, with everything reports ask of it: group, specialty, type, who pays, where, and the patient's birth date.
-- Written by pipec from intermediate.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('mytomorrows_int.int_procedures'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'mytomorrows_int.int_procedures';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'mytomorrows_int.int_procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call mytomorrows_access.drop_upon(to_regclass('mytomorrows_int.int_procedures'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'mytomorrows_int.int_procedures');
end
$body$;
create view mytomorrows_int.int_procedures as
select
    p.procedure_id,
    p.encounter_id,
    pt.patient_id,
    p.code,
    p.description,
    coalesce(
        g.procedure_group,
        case
            when lower(p.description) like '%assessment%' then 'Assessment'
            when lower(p.description) like '%screening%' then 'Screening'
            when lower(p.description) like '%x-ray%' then 'Imaging'
            else 'Other'
        end
    ) as procedure_group,
    coalesce(g.specialty, 'General') as specialty,
    coalesce(g.procedure_type, 'standard') as procedure_type,
    p.base_cost,
    p.performed_on,
    py.name as payer,
    py.client,
    py.is_insurance as is_insured,
    o.name as organization,
    pt.date_of_birth,
    pt.gender
from mytomorrows_stg.stg_procedures as p
inner join mytomorrows_stg.stg_encounters as e on e.encounter_id = p.encounter_id
inner join mytomorrows_stg.stg_patients as pt on pt.patient_id = e.patient_id
inner join raw.payers as py on py.payer_id = e.payer_id
inner join raw.organizations as o on o.organization_id = e.organization_id
left join reference.procedure_groups as g on g.code = p.code;
comment on view mytomorrows_int.int_procedures is 'pipec: made anew by every build';
call mytomorrows_access.mark_rows('mytomorrows_int.int_procedures', 'pipec: rows made under 4140774f35c0fec7', false, array['reference.procedure_groups', 'mytomorrows_stg.stg_encounters', 'mytomorrows_stg.stg_patients', 'mytomorrows_stg.stg_procedures']::text[], array['pipec: rows made under 7f1fbc80367e4f99', 'pipec: rows made under 38970e797c23f2ae', 'pipec: rows made under 86c99761154732ec', 'pipec: rows made under 6b6e4a80aed8810c']::text[]);
call mytomorrows_access.reset('mytomorrows_int.int_procedures');
commit;
