-- Diagnoses per age group.
-- Written by pipec from analytics.pipe; change it there, not here.
select exists (
    select 1 from pg_catalog.pg_class
    where oid = to_regclass('efiche_mart.mv_diagnosis_by_age_group') and relkind = 'm' and obj_description(oid, 'pg_class') = 'pipec: made of 5c749d41727873d7'
) as is_there \gset
begin;
\if :is_there
refresh materialized view concurrently efiche_mart.mv_diagnosis_by_age_group;
\else
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_mart.mv_diagnosis_by_age_group'));
begin
    if not (stands like 'vpipec: %' or stands like 'm%' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_mart.mv_diagnosis_by_age_group';
        elsif stands not like 'm%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_mart.mv_diagnosis_by_age_group';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_mart.mv_diagnosis_by_age_group'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_mart.mv_diagnosis_by_age_group');
end
$body$;
create materialized view efiche_mart.mv_diagnosis_by_age_group as
select
    p.age_group,
    d.code,
    d.description,
    count(*) as diagnosis_count,
    count(distinct e.patient_key) as patients
from efiche_dw.bridge_encounter_diagnosis as b
inner join efiche_dw.fact_encounters as e on e.encounter_key = b.encounter_key
inner join efiche_dw.dim_patient as p on p.patient_key = e.patient_key
inner join efiche_dw.dim_diagnosis as d on d.diagnosis_key = b.diagnosis_key
group by p.age_group, d.code, d.description;
create unique index on efiche_mart.mv_diagnosis_by_age_group (age_group, code);
comment on materialized view efiche_mart.mv_diagnosis_by_age_group is 'pipec: made of 5c749d41727873d7';
\endif
call efiche_access.reset('efiche_mart.mv_diagnosis_by_age_group');
grant select (age_group, code, description, diagnosis_count, patients) on table efiche_mart.mv_diagnosis_by_age_group to clinician;
commit;
