-- Encounters as researchers get them: the same tokens, the year and nothing of the day.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    pipec.hmac_token(cast(e.id as text), 'PSEUDONYM_KEY', 'research') as encounter_id,
    pipec.hmac_token(cast(e.patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    f.facility_key,
    pipec.year_of(cast(e.encounter_date as date)) as year,
    e.encounter_type,
    f.num_procedures,
    f.num_diagnoses,
    f.has_report
from operational.encounters as e
inner join efiche_dw.fact_encounters as f on f.encounter_id = e.id;
drop table if exists efiche_dw.fact_encounters_anon cascade;
alter table efiche_dw.pipec_new rename to fact_encounters_anon;
alter table efiche_dw.fact_encounters_anon owner to efiche_owner;
call efiche_access.reset('efiche_dw.fact_encounters_anon');
grant select (encounter_id, patient_id, facility_key, year, encounter_type, num_procedures, num_diagnoses, has_report) on table efiche_dw.fact_encounters_anon to clinician;
grant select (encounter_id, patient_id, facility_key, year, encounter_type, num_procedures, num_diagnoses, has_report) on table efiche_dw.fact_encounters_anon to researcher;
commit;
