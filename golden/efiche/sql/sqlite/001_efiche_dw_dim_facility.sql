-- One row per facility.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_facility";
create table "efiche_dw.dim_facility" as
select
    row_number() over (order by id) as facility_key,
    id as facility_id,
    name,
    facility_type,
    district
from "operational.facilities" as f;
commit;
