-- SPI Subform 2, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(qr_id, 'PSEUDONYM_KEY', 'anon') as qr_id,
    pipec.hmac_token(subject_patient_id, 'PSEUDONYM_KEY', 'anon') as subject_patient_id,
    pipec.hmac_token(encounter_id, 'PSEUDONYM_KEY', 'anon') as encounter_id,
    pipec.hmac_token(author_practitioner_id, 'PSEUDONYM_KEY', 'anon') as author_practitioner_id,
    organization_id,
    pipec.year_of(authored_on) as authored_on,
    risk_level,
    case when supervisor_name is not null then 'REDACTED' end as supervisor_name,
    pipec.keep_last(supervisor_phone, 4) as supervisor_phone
from engage_analytics_mart.qr_spi_subform_2 as base;
drop table if exists engage_analytics_mart.qr_spi_subform_2_anon cascade;
alter table engage_analytics_mart.pipec_new rename to qr_spi_subform_2_anon;
alter table engage_analytics_mart.qr_spi_subform_2_anon owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2_anon to privacy_officer;
commit;
