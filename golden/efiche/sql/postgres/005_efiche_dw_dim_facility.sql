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
drop table if exists efiche_dw.dim_facility cascade;
alter table efiche_dw.pipec_new rename to dim_facility;
alter table efiche_dw.dim_facility owner to efiche_owner;
call efiche_access.reset('efiche_dw.dim_facility');
grant select (facility_key, facility_id, name, facility_type, district) on table efiche_dw.dim_facility to clinician;
grant select (facility_key, facility_id, name, facility_type, district) on table efiche_dw.dim_facility to researcher;
commit;
