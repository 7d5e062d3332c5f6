-- Staged images, taken in five hundred at a time, in the order they came: each once, and for good. A build that is stopped in the middle goes on
-- where it was.
-- Written by pipec from staging.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_stg.padchest_images'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_stg.padchest_images';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_stg.padchest_images';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_stg.padchest_images'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_stg.padchest_images');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_stg.padchest_images'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_stg.padchest_images';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_stg.padchest_images';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_stg.padchest_images'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_stg.padchest_images');
end
$body$;
\endif
select to_regclass('efiche_stg.padchest_images') is null as is_new \gset
create table if not exists efiche_stg.padchest_images (
    image_id text not null,
    study_id text not null,
    study_date date not null,
    projection text not null,
    labels text not null,
    report text not null,
    loaded_at timestamptz not null
);
\if :is_new
comment on table efiche_stg.padchest_images is 'pipec: rows made under 80ed408a10f9da11';
\endif
create index if not exists padchest_images_loaded_at_idx on efiche_stg.padchest_images (loaded_at);
alter table efiche_stg.padchest_images owner to efiche_owner;
call efiche_access.reset('efiche_stg.padchest_images');
grant select (image_id, study_id, study_date, projection, labels, report, loaded_at) on table efiche_stg.padchest_images to clinician;
commit;
-- Rows whose key is not there yet, batch by batch: each is a transaction of its own, so that what is in stays in.
select $body$
insert into efiche_stg.padchest_images (image_id, study_id, study_date, projection, labels, report, loaded_at)
with new_rows as (

select
    image_id,
    study_id,
    study_date,
    projection,
    trim(labels) as labels,
    report,
    loaded_at
from operational.padchest_staging as s
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
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from efiche_stg.padchest_images as old_rows), new_rows.loaded_at)
  and not exists (select 1 from efiche_stg.padchest_images as there where there.image_id = new_rows.image_id)
order by new_rows.loaded_at, new_rows.image_id
limit 500
$body$
from generate_series(1, (
    select ceil(count(*) / 500.0)::integer from (
with new_rows as (

select
    image_id,
    study_id,
    study_date,
    projection,
    trim(labels) as labels,
    report,
    loaded_at
from operational.padchest_staging as s
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
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from efiche_stg.padchest_images as old_rows), new_rows.loaded_at)
  and not exists (select 1 from efiche_stg.padchest_images as there where there.image_id = new_rows.image_id)
    ) as left_rows
))
\gexec
