-- Patients, de-identified.
-- Written by pipec from governance.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists medilink_analytics.pipec_new;
create table medilink_analytics.pipec_new as
select
    pipec.hmac_token(cast(patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    facility_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    sex,
    pipec.age_band(dob, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 10, 90) as age_band,
    pipec.keep_last(phone, 4) as phone
from medilink_core.patients as base;
drop table if exists medilink_analytics.patients_anon cascade;
alter table medilink_analytics.pipec_new rename to patients_anon;
alter table medilink_analytics.patients_anon owner to medilink_owner;
call medilink_access.reset('medilink_analytics.patients_anon');
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to clinician;
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to researcher;
commit;
