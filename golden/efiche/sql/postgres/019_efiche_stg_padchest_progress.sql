-- How far the loading has come: what the application has processed, and what is taken in.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_stg.padchest_progress'));
begin
    if not (stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_stg.padchest_progress';
        elsif stands not like 'v%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_stg.padchest_progress';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_stg.padchest_progress'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_stg.padchest_progress');
end
$body$;
create view efiche_stg.padchest_progress as
select
    s.processed,
    count(*) as images,
    count(i.image_id) as taken,
    max(s.processed_at) as last_processed_at
from operational.padchest_staging as s
left join efiche_stg.padchest_images as i on i.image_id = s.image_id
group by s.processed;
comment on view efiche_stg.padchest_progress is 'pipec: made anew by every build';
call efiche_access.reset('efiche_stg.padchest_progress');
grant select (processed, images, taken, last_processed_at) on table efiche_stg.padchest_progress to clinician;
alter view efiche_stg.padchest_progress set (security_barrier = true);
commit;
