-- Encounters and what was done in them: one row per encounter and kind of procedure.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    e.encounter_key,
    k.procedure_key,
    count(*) as times
from operational.procedures as p
inner join efiche_dw.fact_encounters as e on e.encounter_id = p.encounter_id
inner join efiche_dw.dim_procedure as k on k.code = p.code
group by e.encounter_key, k.procedure_key;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.bridge_encounter_procedure'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.bridge_encounter_procedure';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.bridge_encounter_procedure';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.bridge_encounter_procedure'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.bridge_encounter_procedure');
end
$body$;
alter table efiche_dw.pipec_new rename to bridge_encounter_procedure;
comment on table efiche_dw.bridge_encounter_procedure is 'pipec: made anew by every build';
alter table efiche_dw.bridge_encounter_procedure owner to efiche_owner;
call efiche_access.reset('efiche_dw.bridge_encounter_procedure');
grant select (encounter_key, procedure_key, times) on table efiche_dw.bridge_encounter_procedure to clinician;
commit;
