-- Specialties and users.
-- Written by pipec from hospital.pipe; change it there, not here.
begin;
drop table if exists "mytomorrows_hospital.dim_authorizations";
create table "mytomorrows_hospital.dim_authorizations" as
select
    user_id,
    organization,
    department,
    pipec_string_to_array(allowed_specialties, ';') as allowed_specialties,
    is_hospice_authorized
from "raw.staff" as s;
commit;
