-- Practitioners, de-identified: organization and role, no name and no number.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    organization_id,
    role,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    case when phone is not null then 'REDACTED' end as phone,
    case when email is not null then 'REDACTED' end as email
from engage_analytics_mart.practitioners as base;
drop table if exists engage_analytics_mart.practitioners_anon cascade;
alter table engage_analytics_mart.pipec_new rename to practitioners_anon;
alter table engage_analytics_mart.practitioners_anon owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.practitioners_anon');
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to analyst;
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to privacy_officer;
commit;
