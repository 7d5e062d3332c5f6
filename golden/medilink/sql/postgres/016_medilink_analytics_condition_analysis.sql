-- How often each diagnosis is made, and how severe the visits of those who have it are.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
with worst as (
    select
        patient_id,
        min(triage_level) as level
    from medilink_core.triage_visits as v
    group by patient_id
)

select
    r.diagnosis,
    r.state,
    count(*) as cases,
    count(distinct r.patient_id) as patients,
    round(avg(w.level), 2) as average_worst
from medilink_marts.fct_medical_records as r
left join worst as w on w.patient_id = r.patient_id
where r.diagnosis is not null
group by r.diagnosis, r.state;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_analytics.condition_analysis'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_analytics.condition_analysis';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_analytics.condition_analysis';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_analytics.condition_analysis'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_analytics.condition_analysis');
end
$body$;
alter table medilink_analytics.pipec_new rename to condition_analysis;
comment on table medilink_analytics.condition_analysis is 'pipec: made anew by every build';
alter table medilink_analytics.condition_analysis owner to medilink_owner;
call medilink_access.reset('medilink_analytics.condition_analysis');
grant select (diagnosis, state, cases, patients, average_worst) on table medilink_analytics.condition_analysis to clinician;
commit;
