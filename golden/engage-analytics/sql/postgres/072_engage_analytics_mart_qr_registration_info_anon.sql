-- Add Family Member Registration, de-identified.
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
    pipec.hmac_token(unique_id, 'PSEUDONYM_KEY', 'anon') as unique_id,
    case when first_name is not null then 'REDACTED' end as first_name,
    case when middle_name is not null then 'REDACTED' end as middle_name,
    case when last_name is not null then 'REDACTED' end as last_name,
    case when age_if_unknown is not null then 'REDACTED' end as age_if_unknown,
    pipec.keep_last(phone_number, 4) as phone_number,
    case when email_address is not null then 'REDACTED' end as email_address,
    case when physical_address is not null then 'REDACTED' end as physical_address,
    case when city is not null then 'REDACTED' end as city,
    state,
    pipec.zip3(zip_code, '036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893') as zip_code,
    sex_at_birth,
    gender_identity,
    case when gender_identity_other is not null then 'REDACTED' end as gender_identity_other,
    pronouns,
    orientation,
    case when medicaid_number is not null then 'REDACTED' end as medicaid_number,
    learned_about_engage,
    case when learned_about_engage_other is not null then 'REDACTED' end as learned_about_engage_other,
    pipec.age_band(date_of_birth, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 5, 90) as age_band,
    pipec.year_of(registration_date) as registration_date,
    has_medicaid,
    received_services_before
from engage_analytics_mart.qr_registration_info as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_registration_info_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_registration_info_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_registration_info_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_registration_info_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_registration_info_anon');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_registration_info_anon;
comment on table engage_analytics_mart.qr_registration_info_anon is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_registration_info_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_registration_info_anon', 'pipec: rows made under c32033b3677f5948', false, array['engage_analytics_mart.qr_registration_info']::text[], array['pipec: rows made under e8be3f296eccf46a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_registration_info_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, age_band, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, age_band, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, age_band, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_registration_info_anon', 'analyst', 'ED-2026-01', '2027-12-31');
commit;
