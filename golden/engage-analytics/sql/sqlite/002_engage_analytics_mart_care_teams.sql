-- One row per care team and member.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.care_teams";
create table "engage_analytics_mart.care_teams" as
select
    t.id,
    t.name,
    t.status,
    t.organization_id,
    pipec_split_part(pipec_json_text(pipec_json_element(m.type, m.value) -> '$.member.reference'), '/', 1) as member_type,
    pipec_ref_id(pipec_json_text(pipec_json_element(m.type, m.value) -> '$.member.reference')) as member_id
from "engage_analytics_stg.stg_care_team" as t
cross join json_each(nullif(t.members, 'null')) as m;
commit;
