-- SPI Subform 2, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.qr_spi_subform_2_anon";
create table "engage_analytics_mart.qr_spi_subform_2_anon" as
select
    pipec_hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec_hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec_hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec_hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec_year_of(authored_on) as authored_on,
    risk_level,
    case when supervisor_name is not null then 'REDACTED' end as supervisor_name,
    pipec_keep_last(supervisor_phone, 4) as supervisor_phone
from "engage_analytics_mart.qr_spi_subform_2" as base;
commit;
