-- SBIRT, de-identified.
-- Written by pipec from questionnaires.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
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
    case when patient_name is not null then 'REDACTED' end as patient_name,
    substance,
    case when reasons_to_change is not null then 'REDACTED' end as reasons_to_change,
    case when reasons_to_stay is not null then 'REDACTED' end as reasons_to_stay,
    "limit",
    case when support_person is not null then 'REDACTED' end as support_person,
    pipec.keep_last(support_phone, 4) as support_phone,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 5, 90) as age_band,
    days_used,
    readiness,
    weekly_spend
from engage_analytics_mart.qr_sbirt as base;
drop table if exists engage_analytics_mart.qr_sbirt_anon cascade;
alter table engage_analytics_mart.pipec_new rename to qr_sbirt_anon;
alter table engage_analytics_mart.qr_sbirt_anon owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.qr_sbirt_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, age_band, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, age_band, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt_anon to privacy_officer;
commit;
