-- Short-Form PCL-5-8 (IPC Session 3): one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = '3d52e347-b571-4a2f-821d-312b5471d711') as memories,
    max(a.answer) filter (
        where a.linkid = 'a44438e0-5341-4ca5-8e11-067026db07d1'
    ) as external_reminders,
    max(a.answer) filter (
        where a.linkid = '8f4251b3-76b6-4187-814a-5c8b2fef4ce7'
    ) as loss_of_interest,
    max(a.answer) filter (where a.linkid = 'f2c959c8-45da-4d9b-8d1d-25fe7eb63d67') as irritability,
    max(a.answer) filter (where a.linkid = '0a9c8566-bd23-4862-8472-816ea5300d70') as sleep,
    max(a.answer) filter (where a.linkid = '48aece2e-b8c5-4fd9-8516-c4eaf4edb31d') as concentration,
    max(a.answer) filter (
        where a.linkid = '0179038f-81a9-4fef-8eb7-165281301938'
    ) as hypervigilance,
    max(a.answer) filter (where a.linkid = '77d5d4b8-4b7a-4408-8fd0-b76d4e93043f') as startle,
    max(a.answer) filter (where a.linkid = 'PCL5/EVENT') as event,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_number) filter (where a.linkid = 'PCL5/TOTAL') as total_score
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/60'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_sf_pcl5_session_3'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_sf_pcl5_session_3';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_sf_pcl5_session_3';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_sf_pcl5_session_3'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_sf_pcl5_session_3');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_sf_pcl5_session_3;
comment on table engage_analytics_mart.qr_sf_pcl5_session_3 is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_sf_pcl5_session_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_3', 'pipec: rows made under 7c2badec505b540f', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3 to privacy_officer;
commit;
