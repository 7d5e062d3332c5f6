-- How far the loading has come.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "efiche_stg.padchest_progress";
create view "efiche_stg.padchest_progress" as
select
    processed,
    count(*) as images,
    max(processed_at) as last_processed_at
from "operational.padchest_staging" as s
group by processed;
commit;
