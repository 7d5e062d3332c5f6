-- How far the loading has come.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists efiche_stg.padchest_progress cascade;
create view efiche_stg.padchest_progress as
select
    processed,
    count(*) as images,
    max(processed_at) as last_processed_at
from operational.padchest_staging as s
group by processed;
call efiche_access.reset('efiche_stg.padchest_progress');
grant select (processed, images, last_processed_at) on table efiche_stg.padchest_progress to clinician;
commit;
