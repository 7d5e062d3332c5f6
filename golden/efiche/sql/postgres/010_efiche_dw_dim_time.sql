-- One row per day: 1,095 from the first of January of the first year on, and more as far as there are encounters.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    cast(to_char(day.day, 'YYYYMMDD') as integer) as time_key,
    cast(day.day as date) as day,
    cast(extract(year from day.day) as integer) as year,
    cast(extract(quarter from day.day) as integer) as quarter,
    cast(extract(month from day.day) as integer) as month,
    trim(to_char(day.day, 'Month')) as month_name,
    cast(extract(isodow from day.day) as integer) as day_of_week,
    extract(isodow from day.day) in (6, 7) as is_weekend
from (
    select
        cast(date_trunc('year', min(encounter_date)) as date) as first,
        cast(max(encounter_date) as date) as last
    from operational.encounters
) as seen
cross join lateral generate_series(cast(seen.first as timestamp), cast(greatest(seen.first + 1094, seen.last) as timestamp), interval '1 day') as day(day);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_time'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_time';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_time';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_time'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_time');
end
$body$;
alter table efiche_dw.pipec_new rename to dim_time;
comment on table efiche_dw.dim_time is 'pipec: made anew by every build';
alter table efiche_dw.dim_time owner to efiche_owner;
call efiche_access.reset('efiche_dw.dim_time');
grant select (time_key, day, year, quarter, month, month_name, day_of_week, is_weekend) on table efiche_dw.dim_time to clinician;
commit;
