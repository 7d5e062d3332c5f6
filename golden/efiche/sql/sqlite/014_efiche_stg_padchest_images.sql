-- Staged images, taken in five hundred at a time, in the order they came: each once, and for good. A build that is stopped in the middle goes on
-- where it was.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "efiche_stg.padchest_images" (
    image_id text,
    study_id text,
    study_date text,
    projection text,
    labels text,
    report text,
    loaded_at text
);
create index if not exists padchest_images_loaded_at_idx on "efiche_stg.padchest_images" (loaded_at);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    image_id,
    study_id,
    study_date,
    projection,
    trim(labels) as labels,
    report,
    loaded_at
from "operational.padchest_staging" as s
where not processed

)
select
    new_rows.image_id,
    new_rows.study_id,
    new_rows.study_date,
    new_rows.projection,
    new_rows.labels,
    new_rows.report,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "efiche_stg.padchest_images" as old_rows), new_rows.loaded_at)
  and not exists (select 1 from "efiche_stg.padchest_images" as there where there.image_id = new_rows.image_id);
delete from "efiche_stg.padchest_images" where exists (select 1 from pipec_new where "efiche_stg.padchest_images".image_id = pipec_new.image_id);
insert into "efiche_stg.padchest_images" (image_id, study_id, study_date, projection, labels, report, loaded_at) select image_id, study_id, study_date, projection, labels, report, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
