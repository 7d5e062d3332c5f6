-- Mental Wellness Tool: one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = 'patient-age') as patient_age,
    max(a.answer) filter (
        where a.linkid = '59ae2c65-3a25-4acb-9db5-7aa035c54a63'
    ) as down_or_hopeless,
    max(a.answer) filter (
        where a.linkid = '99f0d10e-9522-457f-8432-fd489c53acb3'
    ) as nervous_or_on_edge,
    max(a.answer) filter (where a.linkid = 'b9ecb840-8515-4091-8cef-863ed297012e') as restless,
    max(a.answer) filter (
        where a.linkid = '156fce37-203f-4760-a9f9-1b8ab0ae0642'
    ) as drinking_frequency,
    max(a.answer) filter (
        where a.linkid = '80499f94-3f2a-4f0f-9a21-7fa252b33e29'
    ) as supervisor_advice,
    max(a.answer) filter (where a.linkid = '91e7579d-ac74-4d72-955b-1a3675a2e656') as referred_to,
    max(a.answer_date) filter (where a.linkid = 'patient-dob') as patient_dob,
    max(a.answer_number) filter (where a.linkid = 'how-many-drinks') as drinks_on_a_typical_day,
    bool_or(a.answer_flag) filter (
        where a.linkid = '2c50fee4-7a5d-4d62-80aa-73329934d7dc'
    ) as wished_to_be_dead,
    bool_or(a.answer_flag) filter (where a.linkid = 'suicide-risk') as suicide_risk,
    bool_or(a.answer_flag) filter (where a.linkid = 'severe-mental-health') as severe_mental_health,
    bool_or(a.answer_flag) filter (where a.linkid = 'common-mental-health') as common_mental_health,
    bool_or(a.answer_flag) filter (where a.linkid = 'alcohol-problem') as alcohol_problem,
    bool_or(a.answer_flag) filter (where a.linkid = 'drug-problem') as drug_problem,
    bool_or(a.answer_flag) filter (where a.linkid = 'no-mental-problem') as no_mental_problem
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/1613532'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_mw_tool'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_mw_tool';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_mw_tool';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_mw_tool'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_mw_tool');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_mw_tool;
comment on table engage_analytics_mart.qr_mw_tool is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_mw_tool owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mw_tool', 'pipec: rows made under 709e85b3567ada33', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mw_tool');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, patient_dob, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, patient_dob, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool to privacy_officer;
commit;
