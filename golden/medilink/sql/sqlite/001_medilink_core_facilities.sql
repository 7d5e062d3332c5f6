-- Facilities, by name and place.
-- Written by pipec from core.pipe; change it there, not here.
begin;
create table if not exists "medilink_core.facilities" (
    facility_id integer,
    name text,
    state text,
    lga text,
    lat real,
    lon real,
    category text,
    type text,
    batch_id integer,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

with latest as (
    select
        batch_id,
        line,
        name,
        state,
        lga,
        lat,
        lon,
        category,
        type,
        loaded_at
    from (
        select
            batch_id,
            line,
            name,
            state,
            lga,
            lat,
            lon,
            category,
            type,
            loaded_at,
            row_number() over (
                partition by name, state, lga
                order by name, state, lga, batch_id desc, line desc
            ) as pipec_rank,
            row_number() over (
                order by name, state, lga, batch_id desc, line desc
            ) as pipec_position
        from "medilink_staging.stg_facilities" as f
    ) as pipec_ranked
    where pipec_rank = 1
    order by pipec_position
)

select
    row_number() over (order by batch_id, line) as facility_id,
    name,
    state,
    lga,
    lat,
    lon,
    category,
    type,
    batch_id,
    loaded_at
from latest as f

)
select
    coalesce(kept_rows.facility_id, (select coalesce(max(old_rows.facility_id), 0) from "medilink_core.facilities" as old_rows) + new_rows.facility_id) as facility_id,
    new_rows.name,
    new_rows.state,
    new_rows.lga,
    new_rows.lat,
    new_rows.lon,
    new_rows.category,
    new_rows.type,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
left join "medilink_core.facilities" as kept_rows on kept_rows.name = new_rows.name and kept_rows.state = new_rows.state and kept_rows.lga = new_rows.lga
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from "medilink_core.facilities" as old_rows), new_rows.batch_id);
delete from "medilink_core.facilities" where exists (select 1 from pipec_new where "medilink_core.facilities".name = pipec_new.name and "medilink_core.facilities".state = pipec_new.state and "medilink_core.facilities".lga = pipec_new.lga);
insert into "medilink_core.facilities" (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) select facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
