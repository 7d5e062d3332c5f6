-- One row per procedure, with what it cost and who was insured.
-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_extracts.pipec_new;
create table mytomorrows_extracts.pipec_new as
select
    pipec.hmac_token(cast(procedure_id as text), 'PSEUDONYM_KEY', 'staff') as procedure_id,
    pipec.hmac_token(cast(encounter_id as text), 'PSEUDONYM_KEY', 'staff') as encounter_id,
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'staff') as patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    pipec.year_of(performed_on) as performed_year
from mytomorrows_int.int_extract as base;
drop table if exists mytomorrows_extracts.raw_extract cascade;
alter table mytomorrows_extracts.pipec_new rename to raw_extract;
alter table mytomorrows_extracts.raw_extract owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_extracts.raw_extract');
commit;
