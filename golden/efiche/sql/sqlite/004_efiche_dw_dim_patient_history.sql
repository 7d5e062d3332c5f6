-- What patients were called, and where they lived and could be reached, day by day: a changed row is a new version.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
create table if not exists "efiche_dw.dim_patient_history" (
    patient_id text,
    first_name text,
    last_name text,
    district text,
    phone text,
    valid_from text,
    valid_to text
);
create index if not exists dim_patient_history_valid_from_valid_to_idx on "efiche_dw.dim_patient_history" (valid_from, valid_to);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id as patient_id,
    first_name,
    last_name,
    district,
    phone,
    date(:run_date) as valid_from,
    null as valid_to
from "operational.patients" as p

),
old_rows as (
    select * from "efiche_dw.dim_patient_history" as versions where versions.valid_to is null
)
select
    new_rows.patient_id,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.district,
    new_rows.phone,
    new_rows.valid_from,
    new_rows.valid_to
from new_rows
left join old_rows on old_rows.patient_id = new_rows.patient_id
where old_rows.patient_id is null
   or (old_rows.valid_from <= date(:run_date) and (
        old_rows.first_name is not new_rows.first_name
        or old_rows.last_name is not new_rows.last_name
        or old_rows.district is not new_rows.district
        or old_rows.phone is not new_rows.phone
    ))
union all
select
    old_rows.patient_id,
    old_rows.first_name,
    old_rows.last_name,
    old_rows.district,
    old_rows.phone,
    old_rows.valid_from,
    date(:run_date) as valid_to
from old_rows
left join new_rows on old_rows.patient_id = new_rows.patient_id
where (old_rows.valid_from <= date(:run_date) and new_rows.patient_id is null)
   or (old_rows.valid_from < date(:run_date) and (
        old_rows.first_name is not new_rows.first_name
        or old_rows.last_name is not new_rows.last_name
        or old_rows.district is not new_rows.district
        or old_rows.phone is not new_rows.phone
    ));
delete from "efiche_dw.dim_patient_history" where exists (select 1 from pipec_new where "efiche_dw.dim_patient_history".patient_id = pipec_new.patient_id and "efiche_dw.dim_patient_history".valid_from = pipec_new.valid_from);
insert into "efiche_dw.dim_patient_history" (patient_id, first_name, last_name, district, phone, valid_from, valid_to) select patient_id, first_name, last_name, district, phone, valid_from, valid_to from pipec_new;
drop table temp.pipec_new;
commit;
