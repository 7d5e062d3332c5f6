-- Patients, by name, day of birth and the facility where they are registered. Without either they are rejected.
-- Written by pipec from core.pipe; change it there, not here.
begin;
create table if not exists "medilink_core.patients" (
    patient_id integer,
    facility_id integer,
    first_name text,
    last_name text,
    sex text,
    dob text,
    phone text,
    batch_id integer,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

with latest as (
    select
        facility_id,
        batch_id,
        line,
        facility_name,
        facility_state,
        facility_lga,
        first_name,
        last_name,
        sex,
        dob,
        phone,
        loaded_at
    from (
        select
            f.facility_id,
            p.batch_id,
            p.line,
            p.facility_name,
            p.facility_state,
            p.facility_lga,
            p.first_name,
            p.last_name,
            p.sex,
            p.dob,
            p.phone,
            p.loaded_at,
            row_number() over (
                partition by f.facility_id, p.first_name, p.last_name, p.dob
                order by f.facility_id, p.first_name, p.last_name, p.dob, p.batch_id desc, p.line desc
            ) as pipec_rank,
            row_number() over (
                order by f.facility_id, p.first_name, p.last_name, p.dob, p.batch_id desc, p.line desc
            ) as pipec_position
        from "medilink_staging.stg_patients" as p
        inner join "medilink_core.facilities" as f
            on f.name = p.facility_name
            and f.state = p.facility_state
            and f.lga = p.facility_lga
        where p.dob is not null
    ) as pipec_ranked
    where pipec_rank = 1
    order by pipec_position
)

select
    row_number() over (order by batch_id, line) as patient_id,
    facility_id,
    first_name,
    last_name,
    sex,
    dob,
    phone,
    batch_id,
    loaded_at
from latest as p

)
select
    coalesce(kept_rows.patient_id, (select coalesce(max(old_rows.patient_id), 0) from "medilink_core.patients" as old_rows) + new_rows.patient_id) as patient_id,
    new_rows.facility_id,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.sex,
    new_rows.dob,
    new_rows.phone,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
left join "medilink_core.patients" as kept_rows on kept_rows.facility_id = new_rows.facility_id and kept_rows.first_name = new_rows.first_name and kept_rows.last_name = new_rows.last_name and kept_rows.dob = new_rows.dob
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from "medilink_core.patients" as old_rows), new_rows.batch_id);
delete from "medilink_core.patients" where exists (select 1 from pipec_new where "medilink_core.patients".facility_id = pipec_new.facility_id and "medilink_core.patients".first_name = pipec_new.first_name and "medilink_core.patients".last_name = pipec_new.last_name and "medilink_core.patients".dob = pipec_new.dob);
insert into "medilink_core.patients" (patient_id, facility_id, first_name, last_name, sex, dob, phone, batch_id, loaded_at) select patient_id, facility_id, first_name, last_name, sex, dob, phone, batch_id, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
