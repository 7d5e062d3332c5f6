-- One row per patient: the last twelve months.
-- Written by pipec from marts.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_clinical.pipec_new;
create table medilink_clinical.pipec_new as
with records as (
    select
        patient_id,
        count(*) as record_count,
        string_agg(distinct diagnosis, ', ' order by diagnosis) as diagnoses
    from medilink_core.medical_records as r
    where recorded_at >= cast(:'run_date' as date) - interval '1 year'
    group by patient_id
),

visits as (
    select
        patient_id,
        count(*) as visit_count,
        count(*) filter (where triage_level = 1) as critical_count,
        sum(condition_count) as condition_count
    from medilink_core.triage_visits as v
    where visited_at >= cast(:'run_date' as date) - interval '1 year'
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
from medilink_marts.dim_patients as p
left join records as r on r.patient_id = p.patient_id
left join visits as v on v.patient_id = p.patient_id;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_clinical.patient_summary'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_clinical.patient_summary';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_clinical.patient_summary';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_clinical.patient_summary'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_clinical.patient_summary');
end
$body$;
alter table medilink_clinical.pipec_new rename to patient_summary;
comment on table medilink_clinical.patient_summary is 'pipec: made anew by every build';
alter table medilink_clinical.patient_summary owner to medilink_owner;
call medilink_access.reset('medilink_clinical.patient_summary');
grant select (patient_id, full_name, age_group, risk, engagement, record_count, diagnoses, visit_count, critical_count, condition_count) on table medilink_clinical.patient_summary to clinician;
commit;
