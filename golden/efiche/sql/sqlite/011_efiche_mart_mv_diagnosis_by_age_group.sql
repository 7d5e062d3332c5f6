-- Diagnoses per age group.
-- Written by pipec from analytics.pipe; change it there, not here.
begin;
drop table if exists "efiche_mart.mv_diagnosis_by_age_group";
create table "efiche_mart.mv_diagnosis_by_age_group" as
select
    p.age_group,
    d.code,
    d.description,
    count(*) as diagnosis_count,
    count(distinct e.patient_key) as patients
from "efiche_dw.bridge_encounter_diagnosis" as b
inner join "efiche_dw.fact_encounters" as e on e.encounter_key = b.encounter_key
inner join "efiche_dw.dim_patient" as p on p.patient_key = e.patient_key
inner join "efiche_dw.dim_diagnosis" as d on d.diagnosis_key = b.diagnosis_key
group by p.age_group, d.code, d.description;
create unique index if not exists mv_diagnosis_by_age_group_age_group_code_idx on "efiche_mart.mv_diagnosis_by_age_group" (age_group, code);
commit;
