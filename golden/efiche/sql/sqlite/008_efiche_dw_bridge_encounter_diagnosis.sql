-- Encounters and what they came to.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.bridge_encounter_diagnosis";
create table "efiche_dw.bridge_encounter_diagnosis" as
select
    e.encounter_key,
    k.diagnosis_key,
    d.is_primary
from "operational.diagnoses" as d
inner join "efiche_dw.fact_encounters" as e on e.encounter_id = d.encounter_id
inner join "efiche_dw.dim_diagnosis" as k on k.code = d.code;
commit;
