-- What the loading script takes next: five hundred staged images that nobody has processed, in the order they came.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "efiche_stg.padchest_next_batch";
create view "efiche_stg.padchest_next_batch" as
select
    image_id,
    study_id,
    study_date,
    projection,
    labels,
    report,
    loaded_at
from "operational.padchest_staging" as s
where not processed
order by loaded_at, image_id
limit 500;
commit;
