-- Common Mental Health "Symptoms": one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = 'f1.3.1') as little_interest,
    max(a.answer) filter (where a.linkid = 'f1.4.1') as feeling_down,
    max(a.answer) filter (where a.linkid = 'f1.5.1') as sleep_trouble,
    max(a.answer) filter (where a.linkid = 'f1.6.1') as low_energy,
    max(a.answer) filter (where a.linkid = 'f1.7.1') as appetite,
    max(a.answer) filter (where a.linkid = 'f1.8.1') as feeling_bad_about_self,
    max(a.answer) filter (where a.linkid = 'f1.9.1') as concentration,
    max(a.answer) filter (where a.linkid = 'f1.10.1') as psychomotor,
    max(a.answer) filter (where a.linkid = 'f1.11.1') as thoughts_of_self_harm,
    max(a.answer) filter (where a.linkid = 'f1.15.1') as nervous,
    max(a.answer) filter (where a.linkid = 'f1.16.1') as cannot_stop_worrying,
    max(a.answer) filter (where a.linkid = 'f1.17.1') as worrying_too_much,
    max(a.answer) filter (where a.linkid = 'f1.18.1') as trouble_relaxing,
    max(a.answer) filter (where a.linkid = 'f1.19.1') as restless,
    max(a.answer) filter (where a.linkid = 'f1.20.1') as irritable,
    max(a.answer) filter (where a.linkid = 'f1.21.1') as afraid,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    bool_or(a.answer_flag) filter (where a.linkid = 'show-pcl-5-to-8-questions') as shows_pcl5
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/q-common-mental-health-symptoms'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_common_mental_health_symptoms'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_common_mental_health_symptoms';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_common_mental_health_symptoms';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_common_mental_health_symptoms'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_common_mental_health_symptoms');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_common_mental_health_symptoms;
comment on table engage_analytics_mart.qr_common_mental_health_symptoms is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_common_mental_health_symptoms owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_common_mental_health_symptoms', 'pipec: rows made under e0f4b88d93dfaa0e', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_common_mental_health_symptoms');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, patient_dob, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, patient_dob, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms to privacy_officer;
commit;
