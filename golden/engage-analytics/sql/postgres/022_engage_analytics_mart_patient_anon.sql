-- Patients, de-identified: an age band instead of a birth date, three digits of the ZIP code.
-- Written by pipec from governance.pipe; change it there, not here.
\if :{?run_date}
\else
\getenv run_date PIPEC_RUN_DATE
\endif
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    pipec.hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    gender,
    pipec.age_band(birth_date, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 5, 90) as age_band,
    deceased,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    pipec.keep_last(phone, 4) as phone,
    case when email is not null then 'REDACTED' end as email,
    case when street_address is not null then 'REDACTED' end as street_address,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec.zip3(zip, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip,
    case when medicaid_number is not null then 'REDACTED' end as medicaid_number,
    organization_id,
    pipec.hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id
from engage_analytics_mart.patient as base;
drop table if exists engage_analytics_mart.patient_anon cascade;
alter table engage_analytics_mart.pipec_new rename to patient_anon;
alter table engage_analytics_mart.patient_anon owner to engage_analytics_owner;
call engage_analytics_access.reset('engage_analytics_mart.patient_anon');
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to analyst;
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to privacy_officer;
commit;
