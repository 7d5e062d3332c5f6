-- Encounters as researchers get them: the same tokens, the year and nothing of the day.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.fact_encounters_anon";
create table "efiche_dw.fact_encounters_anon" as
select
    pipec_hmac_token(e.id, 'PSEUDONYM_KEY', 'research') as encounter_id,
    pipec_hmac_token(e.patient_id, 'PSEUDONYM_KEY', 'research') as patient_id,
    f.facility_key,
    pipec_year_of(e.encounter_date) as year,
    e.encounter_type,
    f.num_procedures,
    f.num_diagnoses,
    f.has_report
from "operational.encounters" as e
inner join "efiche_dw.fact_encounters" as f on f.encounter_id = e.id;
commit;
