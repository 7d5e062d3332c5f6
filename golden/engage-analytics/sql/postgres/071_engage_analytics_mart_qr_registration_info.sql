-- Add Family Member Registration: one row per response, one column per question.
-- Written by pipec from questionnaires.pipe; change it there, not here.
begin;
drop table if exists engage_analytics_mart.pipec_new;
create table engage_analytics_mart.pipec_new as
select
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on,
    max(a.answer) filter (where a.linkid = 'c02a80e7-ebf0-48b5-9752-28a48dba487f') as unique_id,
    max(a.answer) filter (where a.linkid = 'e6306275-b989-4375-8527-3a56092081b8') as first_name,
    max(a.answer) filter (where a.linkid = '597f4425-72b3-4bc4-8f38-b742aa3e99cd') as middle_name,
    max(a.answer) filter (where a.linkid = '8fb87910-d900-4eea-dbba-dcf76ee6806d') as last_name,
    max(a.answer) filter (
        where a.linkid = '8460d986-ef71-4997-80ee-7887d8c345e7'
    ) as age_if_unknown,
    max(a.answer) filter (where a.linkid = 'phone-number') as phone_number,
    max(a.answer) filter (where a.linkid = 'email-address') as email_address,
    max(a.answer) filter (where a.linkid = 'physical-address') as physical_address,
    max(a.answer) filter (where a.linkid = 'physical-address/city') as city,
    max(a.answer) filter (where a.linkid = 'physical-address/state') as state,
    max(a.answer) filter (where a.linkid = 'zip-code') as zip_code,
    max(a.answer) filter (where a.linkid = 'f9aa068d-8d94-4b3d-b9da-ce05a59cecdd') as sex_at_birth,
    max(a.answer) filter (where a.linkid = 'choice-gender-identity') as gender_identity,
    max(a.answer) filter (where a.linkid = 'other-gender-identity') as gender_identity_other,
    max(a.answer) filter (where a.linkid = 'choice-pronouns') as pronouns,
    max(a.answer) filter (where a.linkid = '77e32953-0679-48b5-f004-1ab4a4ac0271') as orientation,
    max(a.answer) filter (where a.linkid = 'medicaid-number') as medicaid_number,
    max(a.answer) filter (
        where a.linkid = 'where-did-you-first-learn-about-engage'
    ) as learned_about_engage,
    max(a.answer) filter (
        where a.linkid = 'other-where-did-you-first-learn-about-engage'
    ) as learned_about_engage_other,
    max(a.answer_date) filter (
        where a.linkid = 'cd8e3d6d-e9ff-458d-d122-57070bebffaf'
    ) as date_of_birth,
    max(a.answer_date) filter (where a.linkid = 'registration-date') as registration_date,
    bool_or(a.answer_flag) filter (where a.linkid = 'do-you-have-medicaid') as has_medicaid,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'c31ef6d1-336b-4260-9881-67ba7b477ae0'
    ) as received_services_before
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/221'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_registration_info'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_registration_info';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_registration_info';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_registration_info'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_registration_info');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_registration_info;
comment on table engage_analytics_mart.qr_registration_info is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_registration_info owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_registration_info', 'pipec: rows made under e8be3f296eccf46a', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_registration_info');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, date_of_birth, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, date_of_birth, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info to privacy_officer;
commit;
