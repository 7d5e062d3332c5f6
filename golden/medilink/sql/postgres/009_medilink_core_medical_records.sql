-- Records of registered patients.
-- Written by pipec from core.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.medical_records'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.medical_records';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.medical_records';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.medical_records'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.medical_records');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('medilink_core.medical_records'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'medilink_core.medical_records';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'medilink_core.medical_records';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call medilink_access.drop_upon(to_regclass('medilink_core.medical_records'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'medilink_core.medical_records');
end
$body$;
\endif
select to_regclass('medilink_core.medical_records') is null as is_new \gset
create table if not exists medilink_core.medical_records (
    record_id bigint not null,
    patient_id bigint not null,
    facility_id bigint not null,
    record_type text not null,
    recorded_at timestamp not null,
    diagnosis text,
    treatment text,
    medications text,
    notes text,
    batch_id integer not null,
    loaded_at timestamp not null
);
\if :is_new
comment on table medilink_core.medical_records is 'pipec: rows made under c2a79ac50f503990';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

with latest as (
    select distinct on (p.patient_id, r.record_type, r.recorded_at)
        p.patient_id,
        f.facility_id,
        r.record_type,
        r.recorded_at,
        r.diagnosis,
        r.treatment,
        r.medications,
        r.notes,
        r.batch_id,
        r.line,
        r.loaded_at
    from medilink_staging.stg_medical_records as r
    inner join medilink_core.facilities as f
        on f.name = r.facility_name
        and f.state = r.facility_state
        and f.lga = r.facility_lga
    inner join medilink_core.patients as p
        on p.facility_id = f.facility_id
        and p.first_name = r.first_name
        and p.last_name = r.last_name
        and p.dob = r.dob
    order by p.patient_id, r.record_type, r.recorded_at, r.batch_id desc, r.line desc
)

select
    row_number() over (order by batch_id, line) as record_id,
    patient_id,
    facility_id,
    record_type,
    recorded_at,
    diagnosis,
    treatment,
    medications,
    notes,
    batch_id,
    loaded_at
from latest as r

)
select
    coalesce(kept_rows.record_id, (select coalesce(max(old_rows.record_id), 0) from medilink_core.medical_records as old_rows) + new_rows.record_id) as record_id,
    new_rows.patient_id,
    new_rows.facility_id,
    new_rows.record_type,
    new_rows.recorded_at,
    new_rows.diagnosis,
    new_rows.treatment,
    new_rows.medications,
    new_rows.notes,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
left join medilink_core.medical_records as kept_rows on kept_rows.patient_id = new_rows.patient_id and kept_rows.record_type = new_rows.record_type and kept_rows.recorded_at = new_rows.recorded_at
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from medilink_core.medical_records as old_rows), new_rows.batch_id);
delete from medilink_core.medical_records as old_rows using pipec_new where old_rows.patient_id = pipec_new.patient_id and old_rows.record_type = pipec_new.record_type and old_rows.recorded_at = pipec_new.recorded_at;
insert into medilink_core.medical_records (record_id, patient_id, facility_id, record_type, recorded_at, diagnosis, treatment, medications, notes, batch_id, loaded_at) select record_id, patient_id, facility_id, record_type, recorded_at, diagnosis, treatment, medications, notes, batch_id, loaded_at from pipec_new;
alter table medilink_core.medical_records owner to medilink_owner;
call medilink_access.reset('medilink_core.medical_records');
commit;
