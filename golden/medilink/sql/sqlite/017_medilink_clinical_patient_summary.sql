-- One row per patient: the last twelve months.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "medilink_clinical.patient_summary";
create table "medilink_clinical.patient_summary" as
with records as (
    select
        patient_id,
        count(*) as record_count,
        pipec_string_agg_distinct(diagnosis, ', ', '') as diagnoses
    from "medilink_core.medical_records" as r
    where recorded_at >= pipec_subtract_interval(pipec_to_timestamp(date(:run_date)), '1 year')
    group by patient_id
),

visits as (
    select
        patient_id,
        count(*) as visit_count,
        count(*) filter (where triage_level = 1) as critical_count,
        sum(condition_count) as condition_count
    from "medilink_core.triage_visits" as v
    where visited_at >= pipec_subtract_interval(pipec_to_timestamp(date(:run_date)), '1 year')
    group by patient_id
)

select
    p.patient_id,
    p.full_name,
    p.age_group,
    p.risk,
    p.engagement,
    coalesce(r.record_count, 0) as record_count,
    r.diagnoses,
    coalesce(v.visit_count, 0) as visit_count,
    coalesce(v.critical_count, 0) as critical_count,
    coalesce(v.condition_count, 0) as condition_count
from "medilink_marts.dim_patients" as p
left join records as r on r.patient_id = p.patient_id
left join visits as v on v.patient_id = p.patient_id;
commit;
