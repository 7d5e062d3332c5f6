-- One row per care team and member.
-- Written by pipec from marts.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    t.id,
    t.name,
    t.status,
    t.organization_id,
    split_part(m.m -> 'member' ->> 'reference', '/', 1) as member_type,
    pipec.ref_id(m.m -> 'member' ->> 'reference') as member_id
from engage_analytics_stg.stg_care_team as t
cross join lateral jsonb_array_elements(t.members) as m(m);
drop table if exists engage_analytics_mart.care_teams cascade;
alter table engage_analytics_mart.pipec_new rename to care_teams;
alter table engage_analytics_mart.care_teams owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.care_teams');
grant select (id, name, status, organization_id, member_type, member_id) on table engage_analytics_mart.care_teams to privacy_officer;
commit;
