-- Planning Next Steps, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_planning_next_steps_anon";
create table "engage_analytics_mart.qr_planning_next_steps_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    case when patient_name is not null then 'REDACTED' end as patient_name,
    pipec_keep_last(best_phone, 4) as best_phone,
    case when referral_provider is not null then 'REDACTED' end as referral_provider,
    referral_organization,
    case when refusal_reason is not null then 'REDACTED' end as refusal_reason,
    case when next_session_place is not null then 'REDACTED' end as next_session_place,
    pipec_year_of(next_session_date) as next_session_date,
    accepted_ipc,
    accepted_sbirt,
    accepted_fws,
    accepted_spi,
    accepted_referral
from "engage_analytics_mart.qr_planning_next_steps" as base;
commit;
