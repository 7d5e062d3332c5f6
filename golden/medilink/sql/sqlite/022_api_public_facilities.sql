-- `facilities` as the API `public` shows it.
-- Written by pipec from core.pipe; change it there, not here.
begin;
drop view if exists "api.public_facilities";
create view "api.public_facilities" as
select
    facility_id,
    name,
    state,
    lga,
    lat,
    lon,
    category,
    type
from "medilink_core.facilities" as shown;
commit;
