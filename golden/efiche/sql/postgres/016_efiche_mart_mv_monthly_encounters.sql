-- Encounters per month.
-- Written by pipec from analytics.pipe; change it there, not here.
select exists (
    select 1 from pg_catalog.pg_class
    where oid = to_regclass('efiche_mart.mv_monthly_encounters') and relkind = 'm' and obj_description(oid, 'pg_class') = 'pipec: made of 937c5edc0ca5b203'
) as is_there \gset
begin;
\if :is_there
refresh materialized view concurrently efiche_mart.mv_monthly_encounters;
\else
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_mart.mv_monthly_encounters'));
begin
    if not (stands like 'vpipec: %' or stands like 'm%' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_mart.mv_monthly_encounters';
        elsif stands not like 'm%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_mart.mv_monthly_encounters';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_mart.mv_monthly_encounters'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_mart.mv_monthly_encounters');
end
$body$;
create materialized view efiche_mart.mv_monthly_encounters as
select
    t.year,
    t.month,
    t.month_name,
    count(*) as total_encounters,
    count(distinct e.patient_key) as unique_patients,
    round(avg(e.num_procedures), 2) as avg_procedures
from efiche_dw.fact_encounters as e
inner join efiche_dw.dim_time as t on t.time_key = e.time_key
group by t.year, t.month, t.month_name;
create unique index on efiche_mart.mv_monthly_encounters (year, month);
comment on materialized view efiche_mart.mv_monthly_encounters is 'pipec: made of 937c5edc0ca5b203';
\endif
call efiche_access.reset('efiche_mart.mv_monthly_encounters');
grant select (year, month, month_name, total_encounters, unique_patients, avg_procedures) on table efiche_mart.mv_monthly_encounters to clinician;
commit;
