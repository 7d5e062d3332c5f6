-- Patients, de-identified: an age band instead of a birth date, three digits of the ZIP code.
-- Written by pipec from governance.pipe; change it there, not here.
begin;
drop table if exists "engage_analytics_mart.patient_anon";
create table "engage_analytics_mart.patient_anon" as
select
    pipec_hmac_token(id, 'PSEUDONYM_KEY', 'anon') as id,
    active,
    gender,
    pipec_age_band(birth_date, substr(date(:run_date), 1, 4) || '-01-01', 5, 90) as age_band,
    deceased,
    case when family is not null then 'REDACTED' end as family,
    case when given is not null then 'REDACTED' end as given,
    pipec_keep_last(phone, 4) as phone,
    case when email is not null then 'REDACTED' end as email,
    case when street_address is not null then 'REDACTED' end as street_address,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec_zip3(zip, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip,
    case when medicaid_number is not null then 'REDACTED' end as medicaid_number,
    organization_id,
    pipec_hmac_token(practitioner_id, 'PSEUDONYM_KEY', 'anon') as practitioner_id
from "engage_analytics_mart.patient" as base;
commit;
