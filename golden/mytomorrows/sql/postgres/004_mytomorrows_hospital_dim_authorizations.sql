-- Specialties and users.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists mytomorrows_hospital.pipec_new;
create table mytomorrows_hospital.pipec_new as
select
    user_id,
    organization,
    department,
    string_to_array(allowed_specialties, ';') as allowed_specialties,
    is_hospice_authorized
from raw.staff as s;
drop table if exists mytomorrows_hospital.dim_authorizations cascade;
alter table mytomorrows_hospital.pipec_new rename to dim_authorizations;
alter table mytomorrows_hospital.dim_authorizations owner to mytomorrows_owner;
call mytomorrows_access.reset('mytomorrows_hospital.dim_authorizations');
commit;
