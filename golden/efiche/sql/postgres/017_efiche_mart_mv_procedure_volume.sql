-- Procedures per modality and month.
-- Written by pipec from analytics.pipe; change it there, not here.
select exists (
    select 1 from pg_catalog.pg_class
    where oid = to_regclass('efiche_mart.mv_procedure_volume') and relkind = 'm' and obj_description(oid, 'pg_class') = 'pipec: made of c2478e5983686627'
) as is_there \gset
begin;
\if :is_there
refresh materialized view concurrently efiche_mart.mv_procedure_volume;
\else
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_mart.mv_procedure_volume'));
begin
    if not (stands like 'vpipec: %' or stands like 'm%' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_mart.mv_procedure_volume';
        elsif stands not like 'm%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_mart.mv_procedure_volume';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_mart.mv_procedure_volume'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_mart.mv_procedure_volume');
end
$body$;
create materialized view efiche_mart.mv_procedure_volume as
select
    k.modality,
    t.year,
    t.month,
    sum(b.times) as procedures
from efiche_dw.bridge_encounter_procedure as b
inner join efiche_dw.fact_encounters as e on e.encounter_key = b.encounter_key
inner join efiche_dw.dim_procedure as k on k.procedure_key = b.procedure_key
inner join efiche_dw.dim_time as t on t.time_key = e.time_key
group by k.modality, t.year, t.month;
create unique index on efiche_mart.mv_procedure_volume (modality, year, month);
comment on materialized view efiche_mart.mv_procedure_volume is 'pipec: made of c2478e5983686627';
\endif
call efiche_access.reset('efiche_mart.mv_procedure_volume');
grant select (modality, year, month, procedures) on table efiche_mart.mv_procedure_volume to clinician;
commit;
