-- One row per patient, with the organization and practitioner of the latest encounter.
-- Written by pipec from marts.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
with latest as (
    select
        subject_id,
        organization_id,
        practitioner_id,
        row_number() over (partition by subject_id order by period_start desc nulls last, id) as rn
    from engage_analytics_mart.encounters as e
    where subject_id is not null
)

select
    p.id,
    p.active,
    p.gender,
    p.birth_date,
    pipec.age_years(p.birth_date, cast(:'run_date' as date), 90) as age_years,
    p.deceased,
    p.family,
    p.given,
    p.phone,
    p.email,
    p.street_address,
    p.city,
    p.state,
    p.zip,
    p.medicaid_number,
    p.registration_date,
    l.organization_id,
    l.practitioner_id
from engage_analytics_stg.stg_patient as p
left join latest as l
    on l.subject_id = p.id
    and l.rn = 1;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.patient'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.patient';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.patient';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.patient'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.patient');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to patient;
comment on table engage_analytics_mart.patient is 'pipec: made anew by every build';
alter table engage_analytics_mart.patient owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.patient', 'pipec: rows made under a717390396d3cb62', false, array['engage_analytics_mart.encounters', 'engage_analytics_stg.stg_patient']::text[], array['pipec: rows made under 6e8a3b4cd937d78a', 'pipec: rows made under 07a08cb573d2fae0']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.patient');
grant select (id, active, gender, birth_date, age_years, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, organization_id, practitioner_id) on table engage_analytics_mart.patient to engage_analytics_exporter;
grant select (id, active, gender, birth_date, age_years, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, organization_id, practitioner_id) on table engage_analytics_mart.patient to privacy_officer;
commit;
