-- One row per procedure, with what it cost and who was insured.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_extracts.raw_extract";
create table "mytomorrows_extracts.raw_extract" as
select
    pipec_hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'staff') as procedure_id,
    pipec_hmac_token(cast(encounter_id as text), 'PSEUDONYM_KEY', 'staff') as encounter_id,
    pipec_hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'staff') as patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    pipec_year_of(performed_on) as performed_year
from "mytomorrows_int.int_extract" as base;
commit;
