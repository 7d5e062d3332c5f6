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
drop table if exists efiche_dw.bridge_encounter_procedure cascade;
alter table efiche_dw.pipec_new rename to bridge_encounter_procedure;
alter table efiche_dw.bridge_encounter_procedure owner to efiche_owner;
call efiche_access.reset('efiche_dw.bridge_encounter_procedure');
grant select (encounter_key, procedure_key, times) on table efiche_dw.bridge_encounter_procedure to clinician;
commit;
