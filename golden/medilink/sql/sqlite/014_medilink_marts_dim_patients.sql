-- One row per patient: how old, how often seen, how engaged.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "medilink_marts.dim_patients";
create table "medilink_marts.dim_patients" as
with seen as (
    select
        patient_id,
        count(*) as visit_count,
        min(triage_level) as worst_level,
        pipec_to_date(max(visited_at)) as last_visit_on
    from "medilink_core.triage_visits" as v
    group by patient_id
),

recorded as (
    select
        patient_id,
        count(*) as record_count
    from "medilink_core.medical_records" as r
    group by patient_id
)

select
    p.patient_id,
    p.facility_id,
    p.first_name,
    p.last_name,
    p.first_name || ' ' || p.last_name as full_name,
    p.sex,
    p.dob,
    pipec_to_integer(
        pipec_extract_interval('year', pipec_age(pipec_to_timestamp(date(:run_date)), pipec_to_timestamp(p.dob)))
    ) as age,
    case
        when pipec_to_timestamp(p.dob)
        > pipec_subtract_interval(pipec_to_timestamp(date(:run_date)), '2 years') then 'Infant'
        when pipec_to_timestamp(p.dob)
        > pipec_subtract_interval(pipec_to_timestamp(date(:run_date)), '13 years') then 'Child'
        when pipec_to_timestamp(p.dob)
        > pipec_subtract_interval(pipec_to_timestamp(date(:run_date)), '18 years') then 'Adolescent'
        when pipec_to_timestamp(p.dob)
        > pipec_subtract_interval(pipec_to_timestamp(date(:run_date)), '65 years') then 'Adult'
        else 'Senior'
    end as age_group,
    p.phone,
    coalesce(pipec_regexp(p.phone, '^\+?[0-9]{10,14}$'), false) as phone_is_valid,
    coalesce(r.record_count, 0) as record_count,
    coalesce(v.visit_count, 0) as visit_count,
    v.last_visit_on,
    case
        when v.worst_level = 1 then 'High'
        when v.worst_level <= 3 then 'Medium'
        else 'Low'
    end as risk,
    min(coalesce(v.visit_count, 0) * 2 + coalesce(r.record_count, 0), 10) as engagement
from "medilink_core.patients" as p
left join seen as v on v.patient_id = p.patient_id
left join recorded as r on r.patient_id = p.patient_id;
commit;
