-- GAD-7 (IPC Session 1), de-identified.
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
    pipec.hmac_token(encounter_ref, 'PSEUDONYM_KEY', 'anon') as encounter_ref,
    nervous,
    cannot_stop_worrying,
    worrying_too_much,
    trouble_relaxing,
    restless,
    irritable,
    afraid,
    severity,
    pipec.age_band(patient_dob, cast(date_trunc('year', cast(cast(:'run_date' as date) as timestamp)) as date), 5, 90) as age_band,
    total_score
from engage_analytics_mart.qr_gad7_session_1 as base;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_gad7_session_1_anon'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_gad7_session_1_anon';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_gad7_session_1_anon';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_gad7_session_1_anon'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_gad7_session_1_anon');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_gad7_session_1_anon;
comment on table engage_analytics_mart.qr_gad7_session_1_anon is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_gad7_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_1_anon', 'pipec: rows made under a36505aa8b075565', false, array['engage_analytics_mart.qr_gad7_session_1']::text[], array['pipec: rows made under fe03ea68f9f4ad12']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_gad7_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
commit;
