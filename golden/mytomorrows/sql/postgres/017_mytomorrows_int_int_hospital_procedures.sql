-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop view if exists mytomorrows_int.int_hospital_procedures cascade;
create view mytomorrows_int.int_hospital_procedures as
select
    procedure_id,
    patient_id,
    specialty,
    procedure_type,
    procedure_group,
    description,
    performed_on,
    date_of_birth
from mytomorrows_int.int_procedures as p
where client = 'Humana';
call mytomorrows_access.reset('mytomorrows_int.int_hospital_procedures');
commit;
