-- Facilities, by name and place.
-- Written by pipec from core.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.facilities'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.facilities';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.facilities';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.facilities'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.facilities');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.facilities'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.facilities';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.facilities';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.facilities'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.facilities');
end
$body$;
\endif
select to_regclass('medilink_core.facilities') is null as is_new \gset
create table if not exists medilink_core.facilities (
    facility_id bigint not null,
    name text not null,
    state text not null,
    lga text not null,
    lat numeric,
    lon numeric,
    category text not null,
    type text not null,
    batch_id integer not null,
    loaded_at timestamp not null
);
\if :is_new
comment on table medilink_core.facilities is 'pipec: rows made under 19a0fab43d8e230e';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

with latest as (
    select distinct on (name, state, lga)
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
    from medilink_staging.stg_facilities as f
    order by name, state, lga, batch_id desc, line desc
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
    coalesce(kept_rows.facility_id, (select coalesce(max(old_rows.facility_id), 0) from medilink_core.facilities as old_rows) + new_rows.facility_id) as facility_id,
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
left join medilink_core.facilities as kept_rows on kept_rows.name = new_rows.name and kept_rows.state = new_rows.state and kept_rows.lga = new_rows.lga
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from medilink_core.facilities as old_rows), new_rows.batch_id);
delete from medilink_core.facilities as old_rows using pipec_new where old_rows.name = pipec_new.name and old_rows.state = pipec_new.state and old_rows.lga = pipec_new.lga;
insert into medilink_core.facilities (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) select facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at from pipec_new;
alter table medilink_core.facilities owner to medilink_owner;
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.mark_rows('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e', true, array['medilink_staging.stg_facilities']::text[], array['pipec: rows made under 863538b9c3c21c67']::text[]);
call medilink_access.reset('medilink_core.facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) on table medilink_core.facilities to api_reader;
grant select (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) on table medilink_core.facilities to medilink_exporter;
grant select (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) on table medilink_core.facilities to researcher;
call medilink_access.hold_until('medilink_core.facilities', 'researcher', 'ED-2026-11', '2027-12-31');
commit;
