-- One row per facility, with what happens there.
-- Written by pipec from marts.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_marts.pipec_new;
create table medilink_marts.pipec_new as
with registered as (
    select
        facility_id,
        count(*) as patient_count
    from medilink_core.patients as p
    group by facility_id
),

seen as (
    select
        facility_id,
        count(*) as visit_count,
        count(*) filter (where priority = 'Critical') as critical_count,
        cast(max(visited_at) as date) as last_visit_on
    from medilink_core.triage_visits as v
    group by facility_id
),

recorded as (
    select
        facility_id,
        count(*) as record_count
    from medilink_core.medical_records as r
    group by facility_id
)

select
    f.facility_id,
    f.name,
    f.state,
    f.lga,
    f.lat,
    f.lon,
    f.category,
    f.type,
    coalesce(p.patient_count, 0) as patient_count,
    coalesce(r.record_count, 0) as record_count,
    coalesce(v.visit_count, 0) as visit_count,
    coalesce(v.critical_count, 0) as critical_count,
    coalesce(v.last_visit_on >= cast(:'run_date' as date) - 30, false) as is_active
from medilink_core.facilities as f
left join registered as p on p.facility_id = f.facility_id
left join seen as v on v.facility_id = f.facility_id
left join recorded as r on r.facility_id = f.facility_id;
drop table if exists medilink_marts.dim_facilities cascade;
alter table medilink_marts.pipec_new rename to dim_facilities;
alter table medilink_marts.dim_facilities owner to medilink_owner;
call medilink_access.reset('medilink_marts.dim_facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type, patient_count, record_count, visit_count, critical_count, is_active) on table medilink_marts.dim_facilities to clinician;
commit;
