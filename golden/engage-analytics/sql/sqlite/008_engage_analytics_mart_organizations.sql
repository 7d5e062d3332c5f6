-- One row per organization.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.organizations";
create table "engage_analytics_mart.organizations" as
select
    id,
    name,
    kind,
    active
from "engage_analytics_stg.stg_organization" as o;
commit;
