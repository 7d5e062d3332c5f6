-- One row per patient.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_stg.stg_patients";
create view "mytomorrows_stg.stg_patients" as
select
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
from (
    select
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
        loaded_at,
        row_number() over (
            partition by patient_id
            order by patient_id, loaded_at desc
        ) as pipec_rank,
        row_number() over (order by patient_id, loaded_at desc) as pipec_position
    from "raw.patients"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
