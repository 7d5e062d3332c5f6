-- `facility_performance` as the API `wards` shows it.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop view if exists "api_wards.wards_analytics_facility_stats";
create view "api_wards.wards_analytics_facility_stats" as
select
    facility_id,
    name,
    state,
    visit_count,
    volume,
    average_level,
    visits_per_month,
    critical_share
from "medilink_clinical.facility_performance" as shown;
commit;
