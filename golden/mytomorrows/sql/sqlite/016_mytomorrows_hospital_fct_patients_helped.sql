-- Patients helped, by day.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_hospital.fct_patients_helped";
create table "mytomorrows_hospital.fct_patients_helped" as
select
    specialty,
    procedure_type,
    performed_on,
    count(distinct patient_id) as patients,
    count(*) as procedures
from "mytomorrows_hospital.fct_procedures" as p
group by specialty, procedure_type, performed_on;
commit;
