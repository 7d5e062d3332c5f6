-- Patients, by name, day of birth and the facility where they are registered. Without either they are rejected.
-- Written by pipec from core.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.patients'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.patients';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.patients');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.patients'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.patients';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.patients'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.patients');
end
$body$;
\endif
select to_regclass('medilink_core.patients') is null as is_new \gset
create table if not exists medilink_core.patients (
    patient_id bigint not null,
    facility_id bigint not null,
    first_name text not null,
    last_name text not null,
    sex text,
    dob date not null,
    phone text,
    batch_id integer not null,
    loaded_at timestamp not null
);
\if :is_new
comment on table medilink_core.patients is 'pipec: rows made under c38bbb154aa87ca4';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

with latest as (
    select distinct on (f.facility_id, p.first_name, p.last_name, p.dob)
        f.facility_id,
        p.batch_id,
        p.line,
        p.facility_name,
        p.facility_state,
        p.facility_lga,
        p.first_name,
        p.last_name,
        p.sex,
        p.dob,
        p.phone,
        p.loaded_at
    from medilink_staging.stg_patients as p
    inner join medilink_core.facilities as f
        on f.name = p.facility_name
        and f.state = p.facility_state
        and f.lga = p.facility_lga
    where p.dob is not null
    order by f.facility_id, p.first_name, p.last_name, p.dob, p.batch_id desc, p.line desc
)

select
    row_number() over (order by batch_id, line) as patient_id,
    facility_id,
    first_name,
    last_name,
    sex,
    dob,
    phone,
    batch_id,
    loaded_at
from latest as p

)
select
    coalesce(kept_rows.patient_id, (select coalesce(max(old_rows.patient_id), 0) from medilink_core.patients as old_rows) + new_rows.patient_id) as patient_id,
    new_rows.facility_id,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.sex,
    new_rows.dob,
    new_rows.phone,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
left join medilink_core.patients as kept_rows on kept_rows.facility_id = new_rows.facility_id and kept_rows.first_name = new_rows.first_name and kept_rows.last_name = new_rows.last_name and kept_rows.dob = new_rows.dob
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from medilink_core.patients as old_rows), new_rows.batch_id);
delete from medilink_core.patients as old_rows using pipec_new where old_rows.facility_id = pipec_new.facility_id and old_rows.first_name = pipec_new.first_name and old_rows.last_name = pipec_new.last_name and old_rows.dob = pipec_new.dob;
insert into medilink_core.patients (patient_id, facility_id, first_name, last_name, sex, dob, phone, batch_id, loaded_at) select patient_id, facility_id, first_name, last_name, sex, dob, phone, batch_id, loaded_at from pipec_new;
alter table medilink_core.patients owner to medilink_owner;
call medilink_access.mark_rows('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4', true, array['medilink_core.facilities', 'medilink_staging.stg_patients']::text[], array['pipec: rows made under 19a0fab43d8e230e', 'pipec: rows made under 8a1f3c46ac2b0768']::text[]);
call medilink_access.reset('medilink_core.patients');
commit;
