-- Encounters, de-identified: the year of the visit only, and nobody's id.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    status,
    class_code,
    service,
    case when reason is not null then 'REDACTED' end as reason,
    pipec.hmac_token(subject_id, 'PSEUDONYM_KEY', 'anon') as subject_id,
    pipec.hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id,
    organization_id,
    pipec.year_of(encounter_date) as encounter_date
from engage_analytics_mart.encounters as base;
drop table if exists engage_analytics_mart.encounters_anon cascade;
alter table engage_analytics_mart.pipec_new rename to encounters_anon;
alter table engage_analytics_mart.encounters_anon owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.encounters_anon');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to analyst;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to privacy_officer;
commit;
