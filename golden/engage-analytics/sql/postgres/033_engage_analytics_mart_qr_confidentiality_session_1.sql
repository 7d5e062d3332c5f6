-- Discuss "Confidentiality" (IPC Session 1): one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = 'patient-name') as patient_name,
    max(a.answer) filter (where a.linkid = 'CONF.1') as questions_asked,
    bool_or(a.answer_flag) filter (where a.linkid = 'confidentiality-discussed') as discussed
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/23451'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_confidentiality_session_1'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_confidentiality_session_1';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_confidentiality_session_1';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_confidentiality_session_1'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_confidentiality_session_1');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_confidentiality_session_1;
comment on table engage_analytics_mart.qr_confidentiality_session_1 is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_confidentiality_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_confidentiality_session_1', 'pipec: rows made under bc3bb385acf98500', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_confidentiality_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1 to privacy_officer;
commit;
