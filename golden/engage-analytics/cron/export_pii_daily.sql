-- The tables of the export pii_daily.
-- Written by pipec from the project `engage_analytics`; change it there, not here.
begin transaction isolation level repeatable read read only;
set local role engage_analytics_exporter;
set local datestyle = 'ISO';
set local timezone = 'UTC';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex';
set local client_encoding = 'UTF8';

-- Incremental tables keep rows made before a mask or a label changed: such rows are not sent.
select count(*) > 0 as is_stale, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as stale
from (values
    ('engage_analytics_stg', 'stg_care_plan', 'pipec: rows made under 6af4180a133e1d88'),
    ('engage_analytics_stg', 'stg_encounter', 'pipec: rows made under a2d5ce2f324f732e'),
    ('engage_analytics_stg', 'stg_observation', 'pipec: rows made under 33051cf50e240e49'),
    ('engage_analytics_stg', 'stg_patient', 'pipec: rows made under 07a08cb573d2fae0'),
    ('engage_analytics_stg', 'stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff'),
    ('engage_analytics_stg', 'stg_task', 'pipec: rows made under d767ee6d45403ce8')
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
    ('engage_analytics_mart', 'care_plans', 'pipec: rows made under f882a78784a39964'),
    ('engage_analytics_mart', 'care_teams', 'pipec: rows made under 0f9c72fdddd5e3fb'),
    ('engage_analytics_mart', 'encounters', 'pipec: rows made under 6e8a3b4cd937d78a'),
    ('engage_analytics_mart', 'locations', 'pipec: rows made under 807385408fd76e8b'),
    ('engage_analytics_mart', 'observations', 'pipec: rows made under 7af9b9a9c9325b4e'),
    ('engage_analytics_mart', 'organizations', 'pipec: rows made under de3c5834542205fc'),
    ('engage_analytics_mart', 'patient', 'pipec: rows made under a717390396d3cb62'),
    ('engage_analytics_mart', 'practitioners', 'pipec: rows made under b5a8dde183c2bc91'),
    ('engage_analytics_mart', 'qr_1_month_follow_up', 'pipec: rows made under 7aadd6d3dc337b58'),
    ('engage_analytics_mart', 'qr_common_mental_health_symptoms', 'pipec: rows made under e0f4b88d93dfaa0e'),
    ('engage_analytics_mart', 'qr_confidentiality_session_1', 'pipec: rows made under bc3bb385acf98500'),
    ('engage_analytics_mart', 'qr_financial_wellness_tool', 'pipec: rows made under eda1d9434b8da00d'),
    ('engage_analytics_mart', 'qr_gad7_session_1', 'pipec: rows made under fe03ea68f9f4ad12'),
    ('engage_analytics_mart', 'qr_gad7_session_2', 'pipec: rows made under fe03ea68f9f4ad12'),
    ('engage_analytics_mart', 'qr_gad7_session_3', 'pipec: rows made under fe03ea68f9f4ad12'),
    ('engage_analytics_mart', 'qr_gad7_session_4', 'pipec: rows made under fe03ea68f9f4ad12'),
    ('engage_analytics_mart', 'qr_mood_rating_session_1', 'pipec: rows made under dae7c872c2cdce85'),
    ('engage_analytics_mart', 'qr_mood_rating_session_2', 'pipec: rows made under dae7c872c2cdce85'),
    ('engage_analytics_mart', 'qr_mood_rating_session_3', 'pipec: rows made under b7f161822a3feff8'),
    ('engage_analytics_mart', 'qr_mood_rating_session_4', 'pipec: rows made under b7f161822a3feff8'),
    ('engage_analytics_mart', 'qr_mw_tool', 'pipec: rows made under 709e85b3567ada33'),
    ('engage_analytics_mart', 'qr_mw_tool_session_4', 'pipec: rows made under 94b1b5c6e2eeb1df'),
    ('engage_analytics_mart', 'qr_pc_ptsd_session_1', 'pipec: rows made under 87f1ac098d84e773'),
    ('engage_analytics_mart', 'qr_phq9_session_1', 'pipec: rows made under 9577967bb8acd978'),
    ('engage_analytics_mart', 'qr_phq9_session_2', 'pipec: rows made under 9577967bb8acd978'),
    ('engage_analytics_mart', 'qr_phq9_session_3', 'pipec: rows made under 9577967bb8acd978'),
    ('engage_analytics_mart', 'qr_phq9_session_4', 'pipec: rows made under 9577967bb8acd978'),
    ('engage_analytics_mart', 'qr_planning_next_steps', 'pipec: rows made under b41c33b7ea80021a'),
    ('engage_analytics_mart', 'qr_registration_info', 'pipec: rows made under e8be3f296eccf46a'),
    ('engage_analytics_mart', 'qr_remove_patient', 'pipec: rows made under 6b28d74b79b8688d'),
    ('engage_analytics_mart', 'qr_sbirt', 'pipec: rows made under d1d77a6f7f919df3'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_1', 'pipec: rows made under 7c2badec505b540f'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_2', 'pipec: rows made under 7c2badec505b540f'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_3', 'pipec: rows made under 7c2badec505b540f'),
    ('engage_analytics_mart', 'qr_sf_pcl5_session_4', 'pipec: rows made under 7c2badec505b540f'),
    ('engage_analytics_mart', 'qr_sociodemographic_survey', 'pipec: rows made under 0ad30ccd301aeca7'),
    ('engage_analytics_mart', 'qr_spi_subform_1', 'pipec: rows made under cf6012a5b4903a6b'),
    ('engage_analytics_mart', 'qr_spi_subform_2', 'pipec: rows made under fdef020370268657'),
    ('engage_analytics_mart', 'qr_spi_subform_3', 'pipec: rows made under 6681812496537ec7'),
    ('engage_analytics_mart', 'qr_spi_subform_4', 'pipec: rows made under 90ca463ac319f021'),
    ('engage_analytics_mart', 'qr_start_ipc_session_1', 'pipec: rows made under 1d14bbce693e3b37'),
    ('engage_analytics_mart', 'qr_start_ipc_session_2', 'pipec: rows made under b3d63e3b99770f59'),
    ('engage_analytics_mart', 'qr_start_ipc_session_3', 'pipec: rows made under b3d63e3b99770f59'),
    ('engage_analytics_mart', 'qr_start_ipc_session_4', 'pipec: rows made under 087dccbc60e19c34'),
    ('engage_analytics_mart', 'tasks', 'pipec: rows made under 0cb2662c577b3ede')
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

\o 'care_plans.csv'
copy (
    select
        id,
        status,
        title,
        description,
        subject_id,
        practitioner_id,
        organization_id,
        created_on
    from engage_analytics_mart.care_plans
    order by id collate "C"
) to stdout with (format csv, header);

\o 'care_teams.csv'
copy (
    select
        id,
        name,
        status,
        organization_id,
        member_type,
        member_id
    from engage_analytics_mart.care_teams
    order by id collate "C", name collate "C", status collate "C", organization_id collate "C", member_type collate "C", member_id collate "C"
) to stdout with (format csv, header);

\o 'encounters.csv'
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
        encounter_date,
        period_start,
        period_end
    from engage_analytics_mart.encounters
    order by id collate "C"
) to stdout with (format csv, header);

\o 'locations.csv'
copy (
    select
        id,
        name,
        status,
        kind,
        street_address,
        city,
        state,
        zip,
        part_of_id,
        organization_id
    from engage_analytics_mart.locations
    order by id collate "C", name collate "C", status collate "C", kind collate "C", street_address collate "C", city collate "C", state collate "C", zip collate "C", part_of_id collate "C", organization_id collate "C"
) to stdout with (format csv, header);

\o 'observations.csv'
copy (
    select
        id,
        code,
        subject_id,
        response_id,
        observed_on,
        score
    from engage_analytics_mart.observations
    order by id collate "C"
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

\o 'patient.csv'
copy (
    select
        id,
        active,
        gender,
        birth_date,
        age_years,
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
        registration_date,
        organization_id,
        practitioner_id
    from engage_analytics_mart.patient
    order by id collate "C"
) to stdout with (format csv, header);

\o 'practitioners.csv'
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
    from engage_analytics_mart.practitioners
    order by id collate "C"
) to stdout with (format csv, header);

\o 'qr_1_month_follow_up.csv'
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
    from engage_analytics_mart.qr_1_month_follow_up
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_common_mental_health_symptoms.csv'
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
        patient_dob,
        shows_pcl5
    from engage_analytics_mart.qr_common_mental_health_symptoms
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_confidentiality_session_1.csv'
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
    from engage_analytics_mart.qr_confidentiality_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_financial_wellness_tool.csv'
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
    from engage_analytics_mart.qr_financial_wellness_tool
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_gad7_session_1.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_gad7_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_gad7_session_2.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_gad7_session_2
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_gad7_session_3.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_gad7_session_3
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_gad7_session_4.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_gad7_session_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_1.csv'
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
    from engage_analytics_mart.qr_mood_rating_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_2.csv'
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
    from engage_analytics_mart.qr_mood_rating_session_2
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_3.csv'
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
    from engage_analytics_mart.qr_mood_rating_session_3
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_mood_rating_session_4.csv'
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
    from engage_analytics_mart.qr_mood_rating_session_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_mw_tool.csv'
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
        patient_dob,
        drinks_on_a_typical_day,
        wished_to_be_dead,
        suicide_risk,
        severe_mental_health,
        common_mental_health,
        alcohol_problem,
        drug_problem,
        no_mental_problem
    from engage_analytics_mart.qr_mw_tool
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_mw_tool_session_4.csv'
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
        patient_dob,
        drinks_on_a_typical_day,
        wished_to_be_dead,
        suicide_risk,
        severe_mental_health,
        common_mental_health,
        alcohol_problem,
        drug_problem,
        no_mental_problem
    from engage_analytics_mart.qr_mw_tool_session_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_pc_ptsd_session_1.csv'
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
    from engage_analytics_mart.qr_pc_ptsd_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_phq9_session_1.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_phq9_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_phq9_session_2.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_phq9_session_2
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_phq9_session_3.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_phq9_session_3
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_phq9_session_4.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_phq9_session_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_planning_next_steps.csv'
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
    from engage_analytics_mart.qr_planning_next_steps
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_registration_info.csv'
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
        date_of_birth,
        registration_date,
        has_medicaid,
        received_services_before
    from engage_analytics_mart.qr_registration_info
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_remove_patient.csv'
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
        patient_birthdate
    from engage_analytics_mart.qr_remove_patient
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_sbirt.csv'
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
        patient_dob,
        days_used,
        readiness,
        weekly_spend
    from engage_analytics_mart.qr_sbirt
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_1.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_2.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_2
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_3.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_3
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_sf_pcl5_session_4.csv'
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
        patient_dob,
        total_score
    from engage_analytics_mart.qr_sf_pcl5_session_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_sociodemographic_survey.csv'
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
        patient_dob,
        veteran
    from engage_analytics_mart.qr_sociodemographic_survey
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_spi_subform_1.csv'
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
    from engage_analytics_mart.qr_spi_subform_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_spi_subform_2.csv'
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
    from engage_analytics_mart.qr_spi_subform_2
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_spi_subform_3.csv'
copy (
    select
        qr_id,
        subject_patient_id,
        encounter_id,
        author_practitioner_id,
        organization_id,
        authored_on,
        consented
    from engage_analytics_mart.qr_spi_subform_3
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_spi_subform_4.csv'
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
    from engage_analytics_mart.qr_spi_subform_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_1.csv'
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
        patient_dob,
        session_date
    from engage_analytics_mart.qr_start_ipc_session_1
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_2.csv'
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
        patient_dob,
        session_date,
        work_at_home_done
    from engage_analytics_mart.qr_start_ipc_session_2
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_3.csv'
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
        patient_dob,
        session_date,
        work_at_home_done
    from engage_analytics_mart.qr_start_ipc_session_3
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'qr_start_ipc_session_4.csv'
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
        patient_dob,
        session_date,
        connected_to_care
    from engage_analytics_mart.qr_start_ipc_session_4
    order by qr_id collate "C"
) to stdout with (format csv, header);

\o 'tasks.csv'
copy (
    select
        id,
        status,
        code,
        name,
        description,
        subject_id,
        practitioner_id,
        organization_id,
        authored_on,
        modified_on
    from engage_analytics_mart.tasks
    order by id collate "C"
) to stdout with (format csv, header);

\o
commit;
