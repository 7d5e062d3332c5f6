-- Records of registered patients.
-- Written by pipec from core.pipe; change it there, not here.
begin;
create table if not exists "medilink_core.medical_records" (
    record_id integer,
    patient_id integer,
    facility_id integer,
    record_type text,
    recorded_at text,
    diagnosis text,
    treatment text,
    medications text,
    notes text,
    batch_id integer,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

with latest as (
    select
        patient_id,
        facility_id,
        record_type,
        recorded_at,
        diagnosis,
        treatment,
        medications,
        notes,
        batch_id,
        line,
        loaded_at
    from (
        select
            p.patient_id,
            f.facility_id,
            r.record_type,
            r.recorded_at,
            r.diagnosis,
            r.treatment,
            r.medications,
            r.notes,
            r.batch_id,
            r.line,
            r.loaded_at,
            row_number() over (
                partition by p.patient_id, r.record_type, r.recorded_at
                order by p.patient_id, r.record_type, r.recorded_at, r.batch_id desc, r.line desc
            ) as pipec_rank,
            row_number() over (
                order by p.patient_id, r.record_type, r.recorded_at, r.batch_id desc, r.line desc
            ) as pipec_position
        from "medilink_staging.stg_medical_records" as r
        inner join "medilink_core.facilities" as f
            on f.name = r.facility_name
            and f.state = r.facility_state
            and f.lga = r.facility_lga
        inner join "medilink_core.patients" as p
            on p.facility_id = f.facility_id
            and p.first_name = r.first_name
            and p.last_name = r.last_name
            and p.dob = r.dob
    ) as pipec_ranked
    where pipec_rank = 1
    order by pipec_position
)

select
    row_number() over (order by batch_id, line) as record_id,
    patient_id,
    facility_id,
    record_type,
    recorded_at,
    diagnosis,
    treatment,
    medications,
    notes,
    batch_id,
    loaded_at
from latest as r

)
select
    coalesce(kept_rows.record_id, (select coalesce(max(old_rows.record_id), 0) from "medilink_core.medical_records" as old_rows) + new_rows.record_id) as record_id,
    new_rows.patient_id,
    new_rows.facility_id,
    new_rows.record_type,
    new_rows.recorded_at,
    new_rows.diagnosis,
    new_rows.treatment,
    new_rows.medications,
    new_rows.notes,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
left join "medilink_core.medical_records" as kept_rows on kept_rows.patient_id = new_rows.patient_id and kept_rows.record_type = new_rows.record_type and kept_rows.recorded_at = new_rows.recorded_at
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from "medilink_core.medical_records" as old_rows), new_rows.batch_id);
delete from "medilink_core.medical_records" where exists (select 1 from pipec_new where "medilink_core.medical_records".patient_id = pipec_new.patient_id and "medilink_core.medical_records".record_type = pipec_new.record_type and "medilink_core.medical_records".recorded_at = pipec_new.recorded_at);
insert into "medilink_core.medical_records" (record_id, patient_id, facility_id, record_type, recorded_at, diagnosis, treatment, medications, notes, batch_id, loaded_at) select record_id, patient_id, facility_id, record_type, recorded_at, diagnosis, treatment, medications, notes, batch_id, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
