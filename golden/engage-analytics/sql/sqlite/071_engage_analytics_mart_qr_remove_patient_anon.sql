-- eCBIS Remove Family Form, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_remove_patient_anon";
create table "engage_analytics_mart.qr_remove_patient_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    reason_for_removal,
    case when age_at_death is not null then 'REDACTED' end as age_at_death,
    case when other_reason is not null then 'REDACTED' end as other_reason,
    pipec_year_of(date_moved_away) as date_moved_away,
    pipec_year_of(date_of_death) as date_of_death,
    pipec_age_band(patient_birthdate, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band
from "engage_analytics_mart.qr_remove_patient" as base;
commit;
