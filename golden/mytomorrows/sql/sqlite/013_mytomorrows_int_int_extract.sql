-- Written by pipec from extracts.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_int.int_extract";
create view "mytomorrows_int.int_extract" as
select
    procedure_id,
    encounter_id,
    patient_id,
    procedure_group,
    procedure_type,
    base_cost,
    is_insured,
    organization,
    performed_on
from "mytomorrows_int.int_procedures" as p;
commit;
