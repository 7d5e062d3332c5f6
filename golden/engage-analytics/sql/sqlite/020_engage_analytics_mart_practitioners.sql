-- One row per practitioner, with organization and current role.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.practitioners";
create table "engage_analytics_mart.practitioners" as
select
    p.id,
    p.active,
    po.organization_id,
    po.role,
    p.family,
    p.given,
    p.phone,
    p.email
from "engage_analytics_stg.stg_practitioner" as p
left join "engage_analytics_int.int_practitioner_organization" as po on po.practitioner_id = p.id;
commit;
