-- The tables of the export anon_daily.
-- Written by pipec from the project `engage_analytics`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role engage_analytics_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

-- Nobody has said that this may be sent after the last day of its determination.
\set pipec_run_date ''
\getenv pipec_run_date PIPEC_RUN_DATE
select today > cast('2027-12-31' as date) as is_over, 'determination ED-2026-01 held until 2027-12-31: nothing is sent on ' || today as over
from (select greatest(cast(now() at time zone 'UTC' as date), cast(nullif(:'pipec_run_date', '') as date)) as today) as days
\gset
\if :is_over
\warn :over
do $$ begin raise exception 'determination' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

-- Incremental tables keep rows made before a mask or a label changed: such rows are not sent.
select count(*) > 0 as is_stale, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as stale
from (values
    ('engage_analytics_stg', 'stg_encounter', 'pipec: rows made under a2d5ce2f324f732e'),
    ('engage_analytics_stg', 'stg_patient', 'pipec: rows made under 07a08cb573d2fae0'),
    ('engage_analytics_stg', 'stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff')
) as expected(schema_name, table_name, comment)
where not exists (
    select 1
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_description as d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
    where n.nspname = expected.schema_name and c.relname = expected.table_name and d.description = expected.comment
)
\gset
\if :is_stale
\warn 'rows made under other masks or labels, to be built anew with a full refresh:' :stale
do $$ begin raise exception 'residue' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

-- Tables and views are as the last build left them, which may have been one under other masks or labels.
select count(*) > 0 as is_older, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as older
from (values
    ('engage_analytics_mart', 'encounters_anon', 'pipec: rows made under a24755b7b2eecd2b'),
    ('engage_analytics_mart', 'organizations', 'pipec: rows made under de3c5834542205fc'),
    ('engage_analytics_mart', 'patient_anon', 'pipec: rows made under d857f10353d55c8c'),
    ('engage_analytics_mart', 'practitioners_anon', 'pipec: rows made under e1c718fe97817090'),
    ('engage_analytics_mart', 'qr_1_month_follow_up_anon', 'pipec: rows made under 1bb13b238dbbaaac'),
    ('engage_analytics_mart', 'qr_common_mental_health_symptoms_anon', 'pipec: rows made under fbad19bc617c5260'),
    ('engage_analytics_mart', 'qr_confidentiality_session_1_anon', 'pipec: rows made under 3e8fe15bb5861bb4'),
    ('engage_analytics_mart', 'qr_financial_wellness_tool_anon', 'pipec: rows made under b1231dd14bb6b7f9'),
    ('engage_analytics_mart', 'qr_gad7_session_1_anon', 'pipec: rows made under a36505aa8b075565'),
    ('engage_analytics_mart', 'qr_gad7_session_2_anon', 'pipec: rows made under a36505aa8b075565'),
    ('engage_analytics_mart', 'qr_gad7_session_3_anon', 'pipec: rows made under a36505aa8b075565'),
    ('engage_analytics_mart', 'qr_gad7_session_4_anon', 'pipec: rows made under a36505aa8b075565'),
    ('engage_analytics_mart', 'qr_mood_rating_session_1_anon', 'pipec: rows made under 0b3138cd094898ff'),
    ('engage_analytics_mart', 'qr_mood_rating_session_2_anon', 'pipec: rows made under 0b3138cd094898ff'),
    ('engage_analytics_mart', 'qr_mood_rating_session_3_anon', 'pipec: rows made under 5a89443c8c635559'),
    ('engage_analytics_mart', 'qr_mood_rating_session_4_anon', 'pipec: rows made under 5a89443c8c635559'),
    ('engage_analytics_mart', 'qr_mw_tool_anon', 'pipec: rows made under 6c8edd019d685544'),
    ('engage_analytics_mart', 'qr_mw_tool_session_4_anon', 'pipec: rows made under 818db5bbcca0d6cb'),
    ('engage_analytics_mart', 'qr_pc_ptsd_session_1_anon', 'pipec: rows made under 5d8757133e7df7c0'),
    ('engage_analytics_mart', 'qr_phq9_session_1_anon', 'pipec: rows made under 25dfdde59536df76'),
    ('engage_analytics_mart', 'qr_phq9_session_2_anon', 'pipec: rows made under 25dfdde59536df76'),
    ('engage_analytics_mart', 'qr_phq9_session_3_anon', 'pipec: rows made under 25dfdde59536df76'),
    ('engage_analytics_mart', 'qr_phq9_session_4_anon', 'pipec: rows made under 25dfdde59536df76'),
    ('engage_analytics_mart', 'qr_planning_next_steps_anon', 'pipec: rows made under 33bc29a795bd1d25'),
    ('engage_analytics_mart', 'qr_registration_info_anon', 'pipec: rows made under c32033b3677f5948'),
    ('engage_analytics_mart', 'qr_remove_patient_anon', 'pipec: rows made under c7335df6037a9930'),
    ('engage_analytics_mart', 'qr_sbirt_anon', 'pipec: rows made under a20bb1bdb5462287'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_1_anon', 'pipec: rows made under bb20a402e33a4b9a'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_2_anon', 'pipec: rows made under bb20a402e33a4b9a'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_3_anon', 'pipec: rows made under bb20a402e33a4b9a'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_4_anon', 'pipec: rows made under bb20a402e33a4b9a'),
    ('engage_analytics_mart', 'qr_sociodemographic_survey_anon', 'pipec: rows made under 9aa3799ce7e8a7c0'),
    ('engage_analytics_mart', 'qr_spi_subform_1_anon', 'pipec: rows made under b811acc582b5d6ff'),
    ('engage_analytics_mart', 'qr_spi_subform_2_anon', 'pipec: rows made under ec77da7005422770'),
    ('engage_analytics_mart', 'qr_spi_subform_3_anon', 'pipec: rows made under e8f9fc6dedff6c10'),
    ('engage_analytics_mart', 'qr_spi_subform_4_anon', 'pipec: rows made under a109a001d23c3347'),
    ('engage_analytics_mart', 'qr_start_ipc_session_1_anon', 'pipec: rows made under 2dfa181e1702da7b'),
    ('engage_analytics_mart', 'qr_start_ipc_session_2_anon', 'pipec: rows made under 8385baa2316dcd69'),
    ('engage_analytics_mart', 'qr_start_ipc_session_3_anon', 'pipec: rows made under 8385baa2316dcd69'),
    ('engage_analytics_mart', 'qr_start_ipc_session_4_anon', 'pipec: rows made under 0e87bd664fe22add')
) as expected(schema_name, table_name, comment)
where not exists (
    select 1
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_description as d on d.objoid = c.oid and d.objsubid > 0 and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
    where n.nspname = expected.schema_name and c.relname = expected.table_name and d.description = expected.comment
)
\gset
\if :is_older
\warn 'not made by a build under the masks and labels of today, to be built before this export:' :older
do $$ begin raise exception 'residue' using errcode = 'object_not_in_prerequisite_state'; end $$;
\endif

\o 'encounters_anon.csv'
copy (
    select
        id,
        status,
        class_code,
        service,
        reason,
        subject_id,
        practitioner_id,
        organization_id,
        encounter_date
    from engage_analytics_mart.encounters_anon
    order by id collate "C", status collate "C", class_code collate "C", service collate "C", reason collate "C", subject_id collate "C", practitioner_id collate "C", organization_id collate "C", encounter_date
) to stdout with (format csv, header);

\o 'organizations.csv'
copy (
    select
        id,
        name,
        kind,
        active
    from engage_analytics_mart.organizations
    order by id collate "C"
) to stdout with (format csv, header);

\o 'patient_anon.csv'
copy (
    select
        id,
        active,
        gender,
        age_band,
        deceased,
        family,
        given,
        phone,
        email,
        street_address,
        city,
        state,
        zip,
        medicaid_number,
        organization_id,
        practitioner_id
    from engage_analytics_mart.patient_anon
    order by id collate "C", active, gender collate "C", age_band collate "C", deceased, family collate "C", given collate "C", phone collate "C", email collate "C", street_address collate "C", city collate "C", state collate "C", zip collate "C", medicaid_number collate "C", organization_id collate "C", practitioner_id collate "C"
) to stdout with (format csv, header);

\o 'practitioners_anon.csv'
copy (
    select
        id,
        active,
        organization_id,
        role,
        family,
        given,
        phone,
        email
    from engage_analytics_mart.practitioners_anon
    order by id collate "C", active, organization_id collate "C", role collate "C", family collate "C", given collate "C", phone collate "C", email collate "C"
) to stdout with (format csv, header);

\o 'qr_1_month_follow_up_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        schedule_note,
        follow_up_date,
        completed_interventions
    from engage_analytics_mart.qr_1_month_follow_up_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, schedule_note collate "C", follow_up_date, completed_interventions
) to stdout with (format csv, header);

\o 'qr_common_mental_health_symptoms_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        little_interest,
        feeling_down,
        sleep_trouble,
        low_energy,
        appetite,
        feeling_bad_about_self,
        concentration,
        psychomotor,
        thoughts_of_self_harm,
        nervous,
        cannot_stop_worrying,
        worrying_too_much,
        trouble_relaxing,
        restless,
        irritable,
        afraid,
        age_band,
        shows_pcl5
    from engage_analytics_mart.qr_common_mental_health_symptoms_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", little_interest collate "C", feeling_down collate "C", sleep_trouble collate "C", low_energy collate "C", appetite collate "C", feeling_bad_about_self collate "C", concentration collate "C", psychomotor collate "C", thoughts_of_self_harm collate "C", nervous collate "C", cannot_stop_worrying collate "C", worrying_too_much collate "C", trouble_relaxing collate "C", restless collate "C", irritable collate "C", afraid collate "C", age_band collate "C", shows_pcl5
) to stdout with (format csv, header);

\o 'qr_confidentiality_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        questions_asked,
        discussed
    from engage_analytics_mart.qr_confidentiality_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", questions_asked collate "C", discussed
) to stdout with (format csv, header);

\o 'qr_financial_wellness_tool_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        money_stress,
        food_would_run_out,
        food_did_not_last,
        hard_to_pay_for_basics,
        monthly_income,
        no_financial_hardship,
        overall_financial_hardship,
        moderate_debt,
        high_debt,
        moderate_food_insecurity,
        high_food_insecurity,
        moderate_housing_insecurity,
        high_housing_insecurity,
        moderate_medical_hardships,
        moderate_paying_bills,
        high_paying_bills
    from engage_analytics_mart.qr_financial_wellness_tool_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, money_stress collate "C", food_would_run_out collate "C", food_did_not_last collate "C", hard_to_pay_for_basics collate "C", monthly_income collate "C", no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills
) to stdout with (format csv, header);

\o 'qr_gad7_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        nervous,
        cannot_stop_worrying,
        worrying_too_much,
        trouble_relaxing,
        restless,
        irritable,
        afraid,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_gad7_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", nervous collate "C", cannot_stop_worrying collate "C", worrying_too_much collate "C", trouble_relaxing collate "C", restless collate "C", irritable collate "C", afraid collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_gad7_session_2_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        nervous,
        cannot_stop_worrying,
        worrying_too_much,
        trouble_relaxing,
        restless,
        irritable,
        afraid,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_gad7_session_2_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", nervous collate "C", cannot_stop_worrying collate "C", worrying_too_much collate "C", trouble_relaxing collate "C", restless collate "C", irritable collate "C", afraid collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_gad7_session_3_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        nervous,
        cannot_stop_worrying,
        worrying_too_much,
        trouble_relaxing,
        restless,
        irritable,
        afraid,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_gad7_session_3_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", nervous collate "C", cannot_stop_worrying collate "C", worrying_too_much collate "C", trouble_relaxing collate "C", restless collate "C", irritable collate "C", afraid collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_gad7_session_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        nervous,
        cannot_stop_worrying,
        worrying_too_much,
        trouble_relaxing,
        restless,
        irritable,
        afraid,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_gad7_session_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", nervous collate "C", cannot_stop_worrying collate "C", worrying_too_much collate "C", trouble_relaxing collate "C", restless collate "C", irritable collate "C", afraid collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        mood_reason,
        mood
    from engage_analytics_mart.qr_mood_rating_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", mood_reason collate "C", mood
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_2_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        mood_reason,
        mood
    from engage_analytics_mart.qr_mood_rating_session_2_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", mood_reason collate "C", mood
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_3_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        mood_reason,
        mood
    from engage_analytics_mart.qr_mood_rating_session_3_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, mood_reason collate "C", mood
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        mood_reason,
        mood
    from engage_analytics_mart.qr_mood_rating_session_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, mood_reason collate "C", mood
) to stdout with (format csv, header);

\o 'qr_mw_tool_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        patient_age,
        down_or_hopeless,
        nervous_or_on_edge,
        restless,
        drinking_frequency,
        supervisor_advice,
        referred_to,
        age_band,
        drinks_on_a_typical_day,
        wished_to_be_dead,
        suicide_risk,
        severe_mental_health,
        common_mental_health,
        alcohol_problem,
        drug_problem,
        no_mental_problem
    from engage_analytics_mart.qr_mw_tool_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", patient_age collate "C", down_or_hopeless collate "C", nervous_or_on_edge collate "C", restless collate "C", drinking_frequency collate "C", supervisor_advice collate "C", referred_to collate "C", age_band collate "C", drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem
) to stdout with (format csv, header);

\o 'qr_mw_tool_session_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        patient_age,
        down_or_hopeless,
        nervous_or_on_edge,
        restless,
        drinking_frequency,
        age_band,
        drinks_on_a_typical_day,
        wished_to_be_dead,
        suicide_risk,
        severe_mental_health,
        common_mental_health,
        alcohol_problem,
        drug_problem,
        no_mental_problem
    from engage_analytics_mart.qr_mw_tool_session_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", patient_age collate "C", down_or_hopeless collate "C", nervous_or_on_edge collate "C", restless collate "C", drinking_frequency collate "C", age_band collate "C", drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem
) to stdout with (format csv, header);

\o 'qr_pc_ptsd_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        nightmares,
        avoidance,
        on_guard,
        numb,
        guilt
    from engage_analytics_mart.qr_pc_ptsd_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", nightmares, avoidance, on_guard, numb, guilt
) to stdout with (format csv, header);

\o 'qr_phq9_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        little_interest,
        feeling_down,
        sleep_trouble,
        low_energy,
        appetite,
        feeling_bad_about_self,
        concentration,
        psychomotor,
        thoughts_of_self_harm,
        difficulty,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_phq9_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", little_interest collate "C", feeling_down collate "C", sleep_trouble collate "C", low_energy collate "C", appetite collate "C", feeling_bad_about_self collate "C", concentration collate "C", psychomotor collate "C", thoughts_of_self_harm collate "C", difficulty collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_phq9_session_2_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        little_interest,
        feeling_down,
        sleep_trouble,
        low_energy,
        appetite,
        feeling_bad_about_self,
        concentration,
        psychomotor,
        thoughts_of_self_harm,
        difficulty,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_phq9_session_2_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", little_interest collate "C", feeling_down collate "C", sleep_trouble collate "C", low_energy collate "C", appetite collate "C", feeling_bad_about_self collate "C", concentration collate "C", psychomotor collate "C", thoughts_of_self_harm collate "C", difficulty collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_phq9_session_3_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        little_interest,
        feeling_down,
        sleep_trouble,
        low_energy,
        appetite,
        feeling_bad_about_self,
        concentration,
        psychomotor,
        thoughts_of_self_harm,
        difficulty,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_phq9_session_3_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", little_interest collate "C", feeling_down collate "C", sleep_trouble collate "C", low_energy collate "C", appetite collate "C", feeling_bad_about_self collate "C", concentration collate "C", psychomotor collate "C", thoughts_of_self_harm collate "C", difficulty collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_phq9_session_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        little_interest,
        feeling_down,
        sleep_trouble,
        low_energy,
        appetite,
        feeling_bad_about_self,
        concentration,
        psychomotor,
        thoughts_of_self_harm,
        difficulty,
        severity,
        age_band,
        total_score
    from engage_analytics_mart.qr_phq9_session_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", little_interest collate "C", feeling_down collate "C", sleep_trouble collate "C", low_energy collate "C", appetite collate "C", feeling_bad_about_self collate "C", concentration collate "C", psychomotor collate "C", thoughts_of_self_harm collate "C", difficulty collate "C", severity collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_planning_next_steps_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        best_phone,
        referral_provider,
        referral_organization,
        refusal_reason,
        next_session_place,
        next_session_date,
        accepted_ipc,
        accepted_sbirt,
        accepted_fws,
        accepted_spi,
        accepted_referral
    from engage_analytics_mart.qr_planning_next_steps_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", best_phone collate "C", referral_provider collate "C", referral_organization collate "C", refusal_reason collate "C", next_session_place collate "C", next_session_date, accepted_ipc, accepted_sbirt, accepted_fws, accepted_spi, accepted_referral
) to stdout with (format csv, header);

\o 'qr_registration_info_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        unique_id,
        first_name,
        middle_name,
        last_name,
        age_if_unknown,
        phone_number,
        email_address,
        physical_address,
        city,
        state,
        zip_code,
        sex_at_birth,
        gender_identity,
        gender_identity_other,
        pronouns,
        orientation,
        medicaid_number,
        learned_about_engage,
        learned_about_engage_other,
        age_band,
        registration_date,
        has_medicaid,
        received_services_before
    from engage_analytics_mart.qr_registration_info_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, unique_id collate "C", first_name collate "C", middle_name collate "C", last_name collate "C", age_if_unknown collate "C", phone_number collate "C", email_address collate "C", physical_address collate "C", city collate "C", state collate "C", zip_code collate "C", sex_at_birth collate "C", gender_identity collate "C", gender_identity_other collate "C", pronouns collate "C", orientation collate "C", medicaid_number collate "C", learned_about_engage collate "C", learned_about_engage_other collate "C", age_band collate "C", registration_date, has_medicaid, received_services_before
) to stdout with (format csv, header);

\o 'qr_remove_patient_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        reason_for_removal,
        age_at_death,
        other_reason,
        date_moved_away,
        date_of_death,
        age_band
    from engage_analytics_mart.qr_remove_patient_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, reason_for_removal collate "C", age_at_death collate "C", other_reason collate "C", date_moved_away, date_of_death, age_band collate "C"
) to stdout with (format csv, header);

\o 'qr_sbirt_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        substance,
        reasons_to_change,
        reasons_to_stay,
        "limit",
        support_person,
        support_phone,
        age_band,
        days_used,
        readiness,
        weekly_spend
    from engage_analytics_mart.qr_sbirt_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", substance collate "C", reasons_to_change collate "C", reasons_to_stay collate "C", "limit" collate "C", support_person collate "C", support_phone collate "C", age_band collate "C", days_used, readiness, weekly_spend
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        memories,
        external_reminders,
        loss_of_interest,
        irritability,
        sleep,
        concentration,
        hypervigilance,
        startle,
        event,
        age_band,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", memories collate "C", external_reminders collate "C", loss_of_interest collate "C", irritability collate "C", sleep collate "C", concentration collate "C", hypervigilance collate "C", startle collate "C", event collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_2_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        memories,
        external_reminders,
        loss_of_interest,
        irritability,
        sleep,
        concentration,
        hypervigilance,
        startle,
        event,
        age_band,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_2_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", memories collate "C", external_reminders collate "C", loss_of_interest collate "C", irritability collate "C", sleep collate "C", concentration collate "C", hypervigilance collate "C", startle collate "C", event collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_3_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        memories,
        external_reminders,
        loss_of_interest,
        irritability,
        sleep,
        concentration,
        hypervigilance,
        startle,
        event,
        age_band,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_3_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", memories collate "C", external_reminders collate "C", loss_of_interest collate "C", irritability collate "C", sleep collate "C", concentration collate "C", hypervigilance collate "C", startle collate "C", event collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        memories,
        external_reminders,
        loss_of_interest,
        irritability,
        sleep,
        concentration,
        hypervigilance,
        startle,
        event,
        age_band,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", memories collate "C", external_reminders collate "C", loss_of_interest collate "C", irritability collate "C", sleep collate "C", concentration collate "C", hypervigilance collate "C", startle collate "C", event collate "C", age_band collate "C", total_score
) to stdout with (format csv, header);

\o 'qr_sociodemographic_survey_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        ethnicity,
        race,
        race_other,
        marital_status,
        education,
        employment,
        employer_name,
        household_size,
        primary_language,
        housing,
        emergency_contact_name,
        emergency_contact_phone,
        age_band,
        veteran
    from engage_analytics_mart.qr_sociodemographic_survey_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", ethnicity collate "C", race collate "C", race_other collate "C", marital_status collate "C", education collate "C", employment collate "C", employer_name collate "C", household_size collate "C", primary_language collate "C", housing collate "C", emergency_contact_name collate "C", emergency_contact_phone collate "C", age_band collate "C", veteran
) to stdout with (format csv, header);

\o 'qr_spi_subform_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        narrative,
        ideation,
        has_plan,
        has_access_to_means
    from engage_analytics_mart.qr_spi_subform_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, narrative collate "C", ideation, has_plan, has_access_to_means
) to stdout with (format csv, header);

\o 'qr_spi_subform_2_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        risk_level,
        supervisor_name,
        supervisor_phone
    from engage_analytics_mart.qr_spi_subform_2_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, risk_level collate "C", supervisor_name collate "C", supervisor_phone collate "C"
) to stdout with (format csv, header);

\o 'qr_spi_subform_3_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        consented
    from engage_analytics_mart.qr_spi_subform_3_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, consented
) to stdout with (format csv, header);

\o 'qr_spi_subform_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        warning_signs,
        coping,
        helper_1_name,
        helper_1_phone,
        helper_2_name,
        helper_2_phone,
        helper_3_name,
        helper_3_phone,
        clinic_name,
        clinic_phone,
        clinician_name,
        safe_place,
        hotline,
        safer_environment
    from engage_analytics_mart.qr_spi_subform_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", warning_signs collate "C", coping collate "C", helper_1_name collate "C", helper_1_phone collate "C", helper_2_name collate "C", helper_2_phone collate "C", helper_3_name collate "C", helper_3_phone collate "C", clinic_name collate "C", clinic_phone collate "C", clinician_name collate "C", safe_place collate "C", hotline collate "C", safer_environment collate "C"
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_1_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        delivery_format,
        person_1_name,
        person_1_change,
        person_2_name,
        person_2_change,
        person_3_name,
        person_3_change,
        person_4_name,
        person_4_change,
        disagreement,
        problem_area,
        age_band,
        session_date
    from engage_analytics_mart.qr_start_ipc_session_1_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", delivery_format collate "C", person_1_name collate "C", person_1_change collate "C", person_2_name collate "C", person_2_change collate "C", person_3_name collate "C", person_3_change collate "C", person_4_name collate "C", person_4_change collate "C", disagreement collate "C", problem_area collate "C", age_band collate "C", session_date
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_2_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        delivery_format,
        work_at_home,
        strategy,
        age_band,
        session_date,
        work_at_home_done
    from engage_analytics_mart.qr_start_ipc_session_2_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", delivery_format collate "C", work_at_home collate "C", strategy collate "C", age_band collate "C", session_date, work_at_home_done
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_3_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        delivery_format,
        work_at_home,
        strategy,
        age_band,
        session_date,
        work_at_home_done
    from engage_analytics_mart.qr_start_ipc_session_3_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", delivery_format collate "C", work_at_home collate "C", strategy collate "C", age_band collate "C", session_date, work_at_home_done
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_4_anon.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        patient_name,
        encounter_ref,
        delivery_format,
        ending_reason,
        skills_learned,
        connected_to_care_details,
        age_band,
        session_date,
        connected_to_care
    from engage_analytics_mart.qr_start_ipc_session_4_anon
    order by qr_id collate "C", subject_patient_id collate "C", encounter_id collate "C", author_practitioner_id collate "C", organization_id collate "C", authored_on, patient_name collate "C", encounter_ref collate "C", delivery_format collate "C", ending_reason collate "C", skills_learned collate "C", connected_to_care_details collate "C", age_band collate "C", session_date, connected_to_care
) to stdout with (format csv, header);

\o
commit;
