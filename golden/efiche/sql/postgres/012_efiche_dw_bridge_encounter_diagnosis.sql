-- Encounters and what they came to.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    e.encounter_key,
    k.diagnosis_key,
    d.is_primary
from operational.diagnoses as d
inner join efiche_dw.fact_encounters as e on e.encounter_id = d.encounter_id
inner join efiche_dw.dim_diagnosis as k on k.code = d.code;
drop table if exists efiche_dw.bridge_encounter_diagnosis cascade;
alter table efiche_dw.pipec_new rename to bridge_encounter_diagnosis;
alter table efiche_dw.bridge_encounter_diagnosis owner to efiche_owner;
call efiche_access.reset('efiche_dw.bridge_encounter_diagnosis');
grant select (encounter_key, diagnosis_key, is_primary) on table efiche_dw.bridge_encounter_diagnosis to clinician;
commit;
