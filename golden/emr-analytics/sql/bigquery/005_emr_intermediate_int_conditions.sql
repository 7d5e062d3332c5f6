-- The latest version of each diagnosis of an encounter.
-- Written by pipec from intermediate.pipe; change it there, not here.
create table if not exists emr_intermediate.int_conditions (
    encounter_id string not null,
    condition_code string not null,
    patient_id string not null,
    description string not null,
    started_on date not null,
    resolved_on date,
    is_active bool not null,
    ingested_at timestamp not null
);
merge into emr_intermediate.int_conditions as old_rows
using (

with new_rows as (

select
    encounter_id,
    condition_code,
    patient_id,
    description,
    started_on,
    resolved_on,
    resolved_on is null as is_active,
    ingested_at
from emr_staging.stg_conditions as c
qualify row_number() over (
    partition by encounter_id, condition_code
    order by encounter_id, condition_code, ingested_at desc
) = 1
order by encounter_id, condition_code, ingested_at desc

)
select
    new_rows.encounter_id,
    new_rows.condition_code,
    new_rows.patient_id,
    new_rows.description,
    new_rows.started_on,
    new_rows.resolved_on,
    new_rows.is_active,
    new_rows.ingested_at
from new_rows
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from emr_intermediate.int_conditions as old_rows), new_rows.ingested_at)

) as pipec_new
on old_rows.encounter_id = pipec_new.encounter_id and old_rows.condition_code = pipec_new.condition_code
when matched then update set
    patient_id = pipec_new.patient_id,
    description = pipec_new.description,
    started_on = pipec_new.started_on,
    resolved_on = pipec_new.resolved_on,
    is_active = pipec_new.is_active,
    ingested_at = pipec_new.ingested_at
when not matched then insert (encounter_id, condition_code, patient_id, description, started_on, resolved_on, is_active, ingested_at) values (encounter_id, condition_code, patient_id, description, started_on, resolved_on, is_active, ingested_at);
