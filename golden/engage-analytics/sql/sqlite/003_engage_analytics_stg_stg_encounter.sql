-- One row per encounter, cancelled ones and mistakes included. The date is the clinic's own, whatever the time zone.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "engage_analytics_stg.stg_encounter" (
    id text,
    status text,
    class_code text,
    service text,
    reason text,
    subject_id text,
    practitioner_id text,
    encounter_date text,
    period_start text,
    period_end text,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id,
    status,
    class_code,
    service,
    reason,
    subject_id,
    practitioner_id,
    encounter_date,
    period_start,
    period_end,
    loaded_at
from (
    select
        id,
        pipec_json_text(resource -> '$.status') as status,
        pipec_json_text(resource -> '$.class.code') as class_code,
        pipec_json_text(resource -> '$.serviceType.coding[0].display') as service,
        pipec_json_text(resource -> '$.reasonCode[0].text') as reason,
        pipec_ref_id(pipec_json_text(resource -> '$.subject.reference')) as subject_id,
        pipec_ref_id(pipec_json_text(resource -> '$.participant[0].individual.reference')) as practitioner_id,
        pipec_fhir_date(pipec_json_text(resource -> '$.period.start')) as encounter_date,
        pipec_fhir_timestamp(pipec_json_text(resource -> '$.period.start')) as period_start,
        pipec_fhir_timestamp(pipec_json_text(resource -> '$.period.end')) as period_end,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.encounter"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position

)
select
    new_rows.id,
    new_rows.status,
    new_rows.class_code,
    new_rows.service,
    new_rows.reason,
    new_rows.subject_id,
    new_rows.practitioner_id,
    new_rows.encounter_date,
    new_rows.period_start,
    new_rows.period_end,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "engage_analytics_stg.stg_encounter" as old_rows), new_rows.loaded_at);
delete from "engage_analytics_stg.stg_encounter" where exists (select 1 from pipec_new where "engage_analytics_stg.stg_encounter".id = pipec_new.id);
insert into "engage_analytics_stg.stg_encounter" (id, status, class_code, service, reason, subject_id, practitioner_id, encounter_date, period_start, period_end, loaded_at) select id, status, class_code, service, reason, subject_id, practitioner_id, encounter_date, period_start, period_end, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
