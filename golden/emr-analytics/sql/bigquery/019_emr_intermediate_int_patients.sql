-- The latest version of each patient.
-- Written by pipec from intermediate.pipe; change it there, not here.
create table if not exists emr_intermediate.int_patients (
    patient_id string not null,
    birth_date date not null,
    death_date date,
    first_name string not null,
    last_name string not null,
    race string not null,
    ethnicity string not null,
    gender string not null,
    city string not null,
    state string not null,
    zip string,
    is_deceased bool not null,
    ingested_at timestamp not null
);
merge into emr_intermediate.int_patients as old_rows
using (

with new_rows as (

select
    patient_id,
    birth_date,
    death_date,
    first_name,
    last_name,
    race,
    ethnicity,
    gender,
    city,
    state,
    zip,
    death_date is not null as is_deceased,
    ingested_at
from emr_staging.stg_patients as p
qualify row_number() over (partition by patient_id order by patient_id, ingested_at desc) = 1
order by patient_id, ingested_at desc

)
select
    new_rows.patient_id,
    new_rows.birth_date,
    new_rows.death_date,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.race,
    new_rows.ethnicity,
    new_rows.gender,
    new_rows.city,
    new_rows.state,
    new_rows.zip,
    new_rows.is_deceased,
    new_rows.ingested_at
from new_rows
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from emr_intermediate.int_patients as old_rows), new_rows.ingested_at)

) as pipec_new
on old_rows.patient_id = pipec_new.patient_id
when matched then update set
    birth_date = pipec_new.birth_date,
    death_date = pipec_new.death_date,
    first_name = pipec_new.first_name,
    last_name = pipec_new.last_name,
    race = pipec_new.race,
    ethnicity = pipec_new.ethnicity,
    gender = pipec_new.gender,
    city = pipec_new.city,
    state = pipec_new.state,
    zip = pipec_new.zip,
    is_deceased = pipec_new.is_deceased,
    ingested_at = pipec_new.ingested_at
when not matched then insert (patient_id, birth_date, death_date, first_name, last_name, race, ethnicity, gender, city, state, zip, is_deceased, ingested_at) values (patient_id, birth_date, death_date, first_name, last_name, race, ethnicity, gender, city, state, zip, is_deceased, ingested_at);
