-- One row per patient: how old, how often seen, how engaged.
-- Written by pipec from marts.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_marts.pipec_new;
create table medilink_marts.pipec_new as
with seen as (
    select
        patient_id,
        count(*) as visit_count,
        min(triage_level) as worst_level,
        cast(max(visited_at) as date) as last_visit_on
    from medilink_core.triage_visits as v
    group by patient_id
),

recorded as (
    select
        patient_id,
        count(*) as record_count
    from medilink_core.medical_records as r
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
    cast(extract(year from age(cast(cast(:'run_date' as date) as timestamp), cast(p.dob as timestamp))) as integer) as age,
    case
        when cast(p.dob as timestamp) > cast(:'run_date' as date) - interval '2 years' then 'Infant'
        when cast(p.dob as timestamp) > cast(:'run_date' as date) - interval '13 years' then 'Child'
        when cast(p.dob as timestamp)
        > cast(:'run_date' as date) - interval '18 years' then 'Adolescent'
        when cast(p.dob as timestamp) > cast(:'run_date' as date) - interval '65 years' then 'Adult'
        else 'Senior'
    end as age_group,
    p.phone,
    coalesce(p.phone ~ '^\+?[0-9]{10,14}$', false) as phone_is_valid,
    coalesce(r.record_count, 0) as record_count,
    coalesce(v.visit_count, 0) as visit_count,
    v.last_visit_on,
    case
        when v.worst_level = 1 then 'High'
        when v.worst_level <= 3 then 'Medium'
        else 'Low'
    end as risk,
    least(coalesce(v.visit_count, 0) * 2 + coalesce(r.record_count, 0), 10) as engagement
from medilink_core.patients as p
left join seen as v on v.patient_id = p.patient_id
left join recorded as r on r.patient_id = p.patient_id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_marts.dim_patients'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_marts.dim_patients';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_marts.dim_patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_marts.dim_patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_marts.dim_patients');
end
$body$;
alter table medilink_marts.pipec_new rename to dim_patients;
comment on table medilink_marts.dim_patients is 'pipec: made anew by every build';
alter table medilink_marts.dim_patients owner to medilink_owner;
call medilink_access.reset('medilink_marts.dim_patients');
grant select (patient_id, facility_id, first_name, last_name, full_name, sex, dob, age, age_group, phone, phone_is_valid, record_count, visit_count, last_visit_on, risk, engagement) on table medilink_marts.dim_patients to clinician;
commit;
