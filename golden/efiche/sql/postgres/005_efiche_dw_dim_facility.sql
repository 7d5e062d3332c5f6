-- One row per facility.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists efiche_dw.pipec_new;
create table efiche_dw.pipec_new as
select
    row_number() over (order by id) as facility_key,
    id as facility_id,
    name,
    facility_type,
    district
from operational.facilities as f;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('efiche_dw.dim_facility'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'efiche_dw.dim_facility';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'efiche_dw.dim_facility';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call efiche_access.drop_upon(to_regclass('efiche_dw.dim_facility'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'efiche_dw.dim_facility');
end
$body$;
alter table efiche_dw.pipec_new rename to dim_facility;
comment on table efiche_dw.dim_facility is 'pipec: made anew by every build';
alter table efiche_dw.dim_facility owner to efiche_owner;
call efiche_access.mark_rows('efiche_dw.dim_facility', 'pipec: rows made under 46308ebe33b0e1cf', false, array[]::text[], array[]::text[]);
call efiche_access.reset('efiche_dw.dim_facility');
grant select (facility_key, facility_id, name, facility_type, district) on table efiche_dw.dim_facility to clinician;
grant select (facility_key, facility_id, name, facility_type, district) on table efiche_dw.dim_facility to efiche_exporter;
grant select (facility_key, facility_id, name, facility_type, district) on table efiche_dw.dim_facility to researcher;
call efiche_access.hold_until('efiche_dw.dim_facility', 'researcher', 'ED-2026-07', '2027-12-31');
commit;
