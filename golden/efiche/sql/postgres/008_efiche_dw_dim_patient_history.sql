-- What patients were called, and where they lived and could be reached, day by day: a changed row is a new version.
-- Written by pipec from warehouse.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_patient_history'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_patient_history';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_patient_history';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_patient_history'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_patient_history');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_patient_history'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_patient_history';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_patient_history';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_patient_history'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_patient_history');
end
$body$;
\endif
select to_regclass('efiche_dw.dim_patient_history') is null as is_new \gset
create table if not exists efiche_dw.dim_patient_history (
    patient_id uuid not null,
    first_name text not null,
    last_name text not null,
    district text,
    phone text,
    valid_from date not null,
    valid_to date
);
\if :is_new
comment on table efiche_dw.dim_patient_history is 'pipec: rows made under 2e8125b8cda0a8b1';
\endif
create index if not exists dim_patient_history_valid_from_valid_to_idx on efiche_dw.dim_patient_history (valid_from, valid_to);
create temporary table pipec_new on commit drop as
with new_rows as (

select
    id as patient_id,
    first_name,
    last_name,
    district,
    phone,
    cast(:'run_date' as date) as valid_from,
    cast(null as date) as valid_to
from operational.patients as p

),
old_rows as (
    select * from efiche_dw.dim_patient_history as versions where versions.valid_to is null
)
select
    new_rows.patient_id,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.district,
    new_rows.phone,
    new_rows.valid_from,
    new_rows.valid_to
from new_rows
left join old_rows on old_rows.patient_id = new_rows.patient_id
where old_rows.patient_id is null
   or (old_rows.valid_from <= cast(:'run_date' as date) and (
        old_rows.first_name is distinct from new_rows.first_name
        or old_rows.last_name is distinct from new_rows.last_name
        or old_rows.district is distinct from new_rows.district
        or old_rows.phone is distinct from new_rows.phone
    ))
union all
select
    old_rows.patient_id,
    old_rows.first_name,
    old_rows.last_name,
    old_rows.district,
    old_rows.phone,
    old_rows.valid_from,
    cast(:'run_date' as date) as valid_to
from old_rows
left join new_rows on old_rows.patient_id = new_rows.patient_id
where (old_rows.valid_from <= cast(:'run_date' as date) and new_rows.patient_id is null)
   or (old_rows.valid_from < cast(:'run_date' as date) and (
        old_rows.first_name is distinct from new_rows.first_name
        or old_rows.last_name is distinct from new_rows.last_name
        or old_rows.district is distinct from new_rows.district
        or old_rows.phone is distinct from new_rows.phone
    ));
delete from efiche_dw.dim_patient_history as old_rows using pipec_new where old_rows.patient_id = pipec_new.patient_id and old_rows.valid_from = pipec_new.valid_from;
insert into efiche_dw.dim_patient_history (patient_id, first_name, last_name, district, phone, valid_from, valid_to) select patient_id, first_name, last_name, district, phone, valid_from, valid_to from pipec_new;
alter table efiche_dw.dim_patient_history owner to efiche_owner;
call efiche_access.reset('efiche_dw.dim_patient_history');
grant select (patient_id, first_name, last_name, district, phone, valid_from, valid_to) on table efiche_dw.dim_patient_history to clinician;
commit;
