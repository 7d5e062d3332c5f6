-- Encounters, de-identified: the year of the visit only, and nobody's id.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.encounters_anon";
create table "engage_analytics_mart.encounters_anon" as
select
    pipec_hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    status,
    class_code,
    service,
    case when reason is not null then 'REDACTED' end as reason,
    pipec_hmac_token(subject_id, 'PSEUDONYM_KEY', 'anon') as subject_id,
    pipec_hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id,
    organization_id,
    pipec_year_of(encounter_date) as encounter_date
from "engage_analytics_mart.encounters" as base;
commit;
