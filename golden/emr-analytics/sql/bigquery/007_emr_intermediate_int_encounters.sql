-- The latest version of each encounter, with how long it took.
-- Written by pipec from intermediate.pipe; change it there, not here.
create table if not exists emr_intermediate.int_encounters (
    encounter_id string not null,
    patient_id string not null,
    organization_id string not null,
    provider_id string not null,
    encounter_class string not null,
    started_at timestamp,
    stopped_at timestamp,
    encounter_code string not null,
    encounter_description string not null,
    base_cost numeric(12, 2) not null,
    total_cost numeric(12, 2) not null,
    reason_code string,
    reason_description string,
    started_on date,
    stay_days int64,
    is_inpatient bool not null,
    ingested_at timestamp not null
);
merge into emr_intermediate.int_encounters as old_rows
using (

with new_rows as (

select
    encounter_id,
    patient_id,
    organization_id,
    provider_id,
    encounter_class,
    started_at,
    stopped_at,
    encounter_code,
    encounter_description,
    base_cost,
    total_cost,
    reason_code,
    reason_description,
    cast(datetime(started_at, 'UTC') as date) as started_on,
    date_diff(cast(datetime(stopped_at, 'UTC') as date), cast(datetime(started_at, 'UTC') as date), day) as stay_days,
    encounter_class = 'inpatient' as is_inpatient,
    ingested_at
from emr_staging.stg_encounters as e
qualify row_number() over (partition by encounter_id order by encounter_id, ingested_at desc) = 1
order by encounter_id, ingested_at desc

)
select
    new_rows.encounter_id,
    new_rows.patient_id,
    new_rows.organization_id,
    new_rows.provider_id,
    new_rows.encounter_class,
    new_rows.started_at,
    new_rows.stopped_at,
    new_rows.encounter_code,
    new_rows.encounter_description,
    new_rows.base_cost,
    new_rows.total_cost,
    new_rows.reason_code,
    new_rows.reason_description,
    new_rows.started_on,
    new_rows.stay_days,
    new_rows.is_inpatient,
    new_rows.ingested_at
from new_rows
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from emr_intermediate.int_encounters as old_rows), new_rows.ingested_at)

) as pipec_new
on old_rows.encounter_id = pipec_new.encounter_id
when matched then update set
    patient_id = pipec_new.patient_id,
    organization_id = pipec_new.organization_id,
    provider_id = pipec_new.provider_id,
    encounter_class = pipec_new.encounter_class,
    started_at = pipec_new.started_at,
    stopped_at = pipec_new.stopped_at,
    encounter_code = pipec_new.encounter_code,
    encounter_description = pipec_new.encounter_description,
    base_cost = pipec_new.base_cost,
    total_cost = pipec_new.total_cost,
    reason_code = pipec_new.reason_code,
    reason_description = pipec_new.reason_description,
    started_on = pipec_new.started_on,
    stay_days = pipec_new.stay_days,
    is_inpatient = pipec_new.is_inpatient,
    ingested_at = pipec_new.ingested_at
when not matched then insert (encounter_id, patient_id, organization_id, provider_id, encounter_class, started_at, stopped_at, encounter_code, encounter_description, base_cost, total_cost, reason_code, reason_description, started_on, stay_days, is_inpatient, ingested_at) values (encounter_id, patient_id, organization_id, provider_id, encounter_class, started_at, stopped_at, encounter_code, encounter_description, base_cost, total_cost, reason_code, reason_description, started_on, stay_days, is_inpatient, ingested_at);
