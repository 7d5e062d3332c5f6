-- The latest version of each prescription of an encounter.
-- Written by pipec from intermediate.pipe; change it there, not here.
create table if not exists emr_intermediate.int_medications (
    encounter_id string not null,
    medication_code string not null,
    patient_id string not null,
    description string not null,
    started_at timestamp,
    stopped_at timestamp,
    base_cost numeric(12, 2) not null,
    dispenses int64 not null,
    reason_code string,
    reason_description string,
    total_cost bignumeric not null,
    ingested_at timestamp not null
);
merge into emr_intermediate.int_medications as old_rows
using (

with new_rows as (

select
    encounter_id,
    medication_code,
    patient_id,
    description,
    started_at,
    stopped_at,
    base_cost,
    dispenses,
    reason_code,
    reason_description,
    base_cost * dispenses as total_cost,
    ingested_at
from emr_staging.stg_medications as m
qualify row_number() over (
    partition by encounter_id, medication_code
    order by encounter_id, medication_code, ingested_at desc
) = 1
order by encounter_id, medication_code, ingested_at desc

)
select
    new_rows.encounter_id,
    new_rows.medication_code,
    new_rows.patient_id,
    new_rows.description,
    new_rows.started_at,
    new_rows.stopped_at,
    new_rows.base_cost,
    new_rows.dispenses,
    new_rows.reason_code,
    new_rows.reason_description,
    new_rows.total_cost,
    new_rows.ingested_at
from new_rows
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from emr_intermediate.int_medications as old_rows), new_rows.ingested_at)

) as pipec_new
on old_rows.encounter_id = pipec_new.encounter_id and old_rows.medication_code = pipec_new.medication_code
when matched then update set
    patient_id = pipec_new.patient_id,
    description = pipec_new.description,
    started_at = pipec_new.started_at,
    stopped_at = pipec_new.stopped_at,
    base_cost = pipec_new.base_cost,
    dispenses = pipec_new.dispenses,
    reason_code = pipec_new.reason_code,
    reason_description = pipec_new.reason_description,
    total_cost = pipec_new.total_cost,
    ingested_at = pipec_new.ingested_at
when not matched then insert (encounter_id, medication_code, patient_id, description, started_at, stopped_at, base_cost, dispenses, reason_code, reason_description, total_cost, ingested_at) values (encounter_id, medication_code, patient_id, description, started_at, stopped_at, base_cost, dispenses, reason_code, reason_description, total_cost, ingested_at);
