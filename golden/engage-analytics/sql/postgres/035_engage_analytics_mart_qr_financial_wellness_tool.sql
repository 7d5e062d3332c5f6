-- Financial Wellness Tool: one row per response, one column per question.
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
    max(a.answer) filter (where a.linkid = 'f1a2b3c4-5e6f-4a1b-8c7d-9e0f1a2b3c4d') as money_stress,
    max(a.answer) filter (
        where a.linkid = 'cdef0123-4567-89ab-cdef-0123456789ab'
    ) as food_would_run_out,
    max(a.answer) filter (
        where a.linkid = 'f0123456-789a-bcde-f012-3456789abcde'
    ) as food_did_not_last,
    max(a.answer) filter (
        where a.linkid = '3456789a-bcde-f012-3456-789abcdef012'
    ) as hard_to_pay_for_basics,
    max(a.answer) filter (where a.linkid = 'monthly.income.USD') as monthly_income,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'no-financial-hardship'
    ) as no_financial_hardship,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'overall-financial-hardship'
    ) as overall_financial_hardship,
    bool_or(a.answer_flag) filter (where a.linkid = 'moderate-debt') as moderate_debt,
    bool_or(a.answer_flag) filter (where a.linkid = 'high-debt') as high_debt,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'moderate-food-insecurity'
    ) as moderate_food_insecurity,
    bool_or(a.answer_flag) filter (where a.linkid = 'high-food-insecurity') as high_food_insecurity,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'moderate-housing-insecurity'
    ) as moderate_housing_insecurity,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'high-housing-insecurity'
    ) as high_housing_insecurity,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'moderate-medical-hardships'
    ) as moderate_medical_hardships,
    bool_or(a.answer_flag) filter (
        where a.linkid = 'moderate-paying-bills'
    ) as moderate_paying_bills,
    bool_or(a.answer_flag) filter (where a.linkid = 'high-paying-bills') as high_paying_bills
from engage_analytics_int.int_qr_header as h
left join engage_analytics_int.int_qr_answers_long as a on a.qr_id = h.qr_id
where h.questionnaire_id = 'Questionnaire/q-financial-wellness-tool'
group by
    h.qr_id,
    h.subject_patient_id,
    h.encounter_id,
    h.author_practitioner_id,
    h.organization_id,
    h.authored_on;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_mart.qr_financial_wellness_tool'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %') then
        if stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_mart.qr_financial_wellness_tool';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_mart.qr_financial_wellness_tool';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_mart.qr_financial_wellness_tool'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_mart.qr_financial_wellness_tool');
end
$body$;
alter table engage_analytics_mart.pipec_new rename to qr_financial_wellness_tool;
comment on table engage_analytics_mart.qr_financial_wellness_tool is 'pipec: made anew by every build';
alter table engage_analytics_mart.qr_financial_wellness_tool owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_financial_wellness_tool', 'pipec: rows made under eda1d9434b8da00d', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_financial_wellness_tool');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool to privacy_officer;
commit;
