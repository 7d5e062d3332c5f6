-- One row per patient.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists mytomorrows_stg.stg_patients cascade;
create view mytomorrows_stg.stg_patients as
select distinct on (patient_id)
    patient_id,
    first_name,
    last_name,
    email,
    phone,
    address,
    city,
    state,
    zip,
    date_of_birth,
    gender,
    loaded_at
from raw.patients
order by patient_id, loaded_at desc;
call mytomorrows_access.reset('mytomorrows_stg.stg_patients');
commit;
