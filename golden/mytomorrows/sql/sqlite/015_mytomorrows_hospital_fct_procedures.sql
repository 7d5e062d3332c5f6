-- One row per procedure.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_hospital.fct_procedures";
create table "mytomorrows_hospital.fct_procedures" as
select
    pipec_hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'hospital') as procedure_id,
    pipec_hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'hospital') as patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    pipec_age_band(date_of_birth, substr(date(:run_date), 1, 4) || '-01-01', 10, 90) as age_bucket
from "mytomorrows_int.int_hospital_procedures" as base;
commit;
