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
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_marts.dim_facilities'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_marts.dim_facilities';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_marts.dim_facilities';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_marts.dim_facilities'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_marts.dim_facilities');
end
$body$;
alter table medilink_marts.pipec_new rename to dim_facilities;
comment on table medilink_marts.dim_facilities is 'pipec: made anew by every build';
alter table medilink_marts.dim_facilities owner to medilink_owner;
call medilink_access.reset('medilink_marts.dim_facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type, patient_count, record_count, visit_count, critical_count, is_active) on table medilink_marts.dim_facilities to clinician;
commit;
