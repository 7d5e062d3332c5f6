-- The specialties there are.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_hospital.pipec_new;
create table mytomorrows_hospital.pipec_new as
select distinct
    specialty
from mytomorrows_int.int_procedures as p;
drop table if exists mytomorrows_hospital.dim_specialties cascade;
alter table mytomorrows_hospital.pipec_new rename to dim_specialties;
alter table mytomorrows_hospital.dim_specialties owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_hospital.dim_specialties');
grant select (specialty) on table mytomorrows_hospital.dim_specialties to hospital_staff;
commit;
