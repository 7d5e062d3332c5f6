-- 1 month follow up, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_1_month_follow_up_anon";
create table "engage_analytics_mart.qr_1_month_follow_up_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when schedule_note is not null then 'REDACTED' end as schedule_note,
    pipec_year_of(follow_up_date) as follow_up_date,
    completed_interventions
from "engage_analytics_mart.qr_1_month_follow_up" as base;
commit;
