-- How far the loading has come: what the application has processed, and what is taken in.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "efiche_stg.padchest_progress";
create view "efiche_stg.padchest_progress" as
select
    s.processed,
    count(*) as images,
    count(i.image_id) as taken,
    max(s.processed_at) as last_processed_at
from "operational.padchest_staging" as s
left join "efiche_stg.padchest_images" as i on i.image_id = s.image_id
group by s.processed;
commit;
