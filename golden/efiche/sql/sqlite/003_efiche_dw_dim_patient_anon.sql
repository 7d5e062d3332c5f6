-- Patients as researchers get them.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_patient_anon";
create table "efiche_dw.dim_patient_anon" as
select
    pipec_hmac_token(patient_id, 'PSEUDONYM_KEY', 'research') as patient_id,
    sex,
    pipec_age_band(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 10, 90) as age_band
from "efiche_dw.dim_patient" as base;
commit;
