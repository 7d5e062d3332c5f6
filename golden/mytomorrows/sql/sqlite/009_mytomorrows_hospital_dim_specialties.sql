-- The specialties there are.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_hospital.dim_specialties";
create table "mytomorrows_hospital.dim_specialties" as
select distinct
    specialty
from "mytomorrows_int.int_procedures" as p;
commit;
