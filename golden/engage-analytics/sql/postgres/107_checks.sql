-- Assertions: each query yields a row only when it fails, with how often, never the values.
-- Written by pipec from the project `engage_analytics`; change it there, not here.

select 'patient' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.patient
where id is null
) as failed
having count(*) > 0;

select 'patient' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.patient
where resource is null
) as failed
having count(*) > 0;

select 'patient' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.patient
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'encounter' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.encounter
where id is null
) as failed
having count(*) > 0;

select 'encounter' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.encounter
where resource is null
) as failed
having count(*) > 0;

select 'encounter' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.encounter
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'questionnaire_response' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.questionnaire_response
where id is null
) as failed
having count(*) > 0;

select 'questionnaire_response' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.questionnaire_response
where resource is null
) as failed
having count(*) > 0;

select 'questionnaire_response' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.questionnaire_response
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'care_plan' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.care_plan
where id is null
) as failed
having count(*) > 0;

select 'care_plan' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.care_plan
where resource is null
) as failed
having count(*) > 0;

select 'care_plan' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.care_plan
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'task' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.task
where id is null
) as failed
having count(*) > 0;

select 'task' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.task
where resource is null
) as failed
having count(*) > 0;

select 'task' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.task
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'observation' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.observation
where id is null
) as failed
having count(*) > 0;

select 'observation' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.observation
where resource is null
) as failed
having count(*) > 0;

select 'observation' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.observation
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'practitioner' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.practitioner
where id is null
) as failed
having count(*) > 0;

select 'practitioner' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.practitioner
where resource is null
) as failed
having count(*) > 0;

select 'practitioner' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.practitioner
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'practitioner_role' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.practitioner_role
where id is null
) as failed
having count(*) > 0;

select 'practitioner_role' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.practitioner_role
where resource is null
) as failed
having count(*) > 0;

select 'practitioner_role' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.practitioner_role
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'organization' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.organization
where id is null
) as failed
having count(*) > 0;

select 'organization' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.organization
where resource is null
) as failed
having count(*) > 0;

select 'organization' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.organization
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'organization_affiliation' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.organization_affiliation
where id is null
) as failed
having count(*) > 0;

select 'organization_affiliation' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.organization_affiliation
where resource is null
) as failed
having count(*) > 0;

select 'organization_affiliation' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.organization_affiliation
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'location' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.location
where id is null
) as failed
having count(*) > 0;

select 'location' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.location
where resource is null
) as failed
having count(*) > 0;

select 'location' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.location
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'care_team' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.care_team
where id is null
) as failed
having count(*) > 0;

select 'care_team' as model, 'not_null_resource' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.care_team
where resource is null
) as failed
having count(*) > 0;

select 'care_team' as model, 'not_null__airbyte_extracted_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from airbyte.care_team
where _airbyte_extracted_at is null
) as failed
having count(*) > 0;

select 'care_plans' as model, 'care_plans_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.care_plans
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'care_plans' as model, 'care_plans_references_subject_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.subject_id
from engage_analytics_mart.care_plans as child
where child.subject_id is not null
  and not exists (
    select 1 from engage_analytics_mart.patient as parent where parent.id = child.subject_id
  )
) as failed
having count(*) > 0;

select 'care_teams' as model, 'care_teams_unique_id_member_id' as assertion, 'error' as severity, count(*) as failures
from (
select id, member_id
from engage_analytics_mart.care_teams
where id is not null and member_id is not null
group by id, member_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'care_teams' as model, 'care_teams_one_of_member_type' as assertion, 'error' as severity, count(*) as failures
from (
select member_type
from engage_analytics_mart.care_teams
where member_type not in ('Practitioner', 'Organization')
) as failed
having count(*) > 0;

select 'client_months' as model, 'client_months_unique_patient_id_period_date' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id, period_date
from engage_analytics_mart.client_months
where patient_id is not null and period_date is not null
group by patient_id, period_date
having count(*) > 1
) as failed
having count(*) > 0;

select 'client_services' as model, 'client_services_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from engage_analytics_mart.client_services
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'encounters' as model, 'encounters_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.encounters
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'encounters' as model, 'encounters_references_subject_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.subject_id
from engage_analytics_mart.encounters as child
where child.subject_id is not null
  and not exists (
    select 1 from engage_analytics_mart.patient as parent where parent.id = child.subject_id
  )
) as failed
having count(*) > 0;

select 'encounters' as model, 'encounters_references_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.organization_id
from engage_analytics_mart.encounters as child
where child.organization_id is not null
  and not exists (
    select 1 from engage_analytics_mart.organizations as parent where parent.id = child.organization_id
  )
) as failed
having count(*) > 0;

select 'int_practitioner_organization' as model, 'int_practitioner_organization_unique_practitioner_id' as assertion, 'error' as severity, count(*) as failures
from (
select practitioner_id
from engage_analytics_int.int_practitioner_organization
where practitioner_id is not null
group by practitioner_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_qr_answers_long' as model, 'int_qr_answers_long_not_null_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from engage_analytics_int.int_qr_answers_long
where qr_id is null
) as failed
having count(*) > 0;

select 'int_qr_answers_long' as model, 'int_qr_answers_long_not_null_linkid' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from engage_analytics_int.int_qr_answers_long
where linkid is null
) as failed
having count(*) > 0;

select 'int_qr_answers_long' as model, 'int_qr_answers_long_references_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.qr_id
from engage_analytics_int.int_qr_answers_long as child
where child.qr_id is not null
  and not exists (
    select 1 from engage_analytics_stg.stg_questionnaire_response as parent where parent.id = child.qr_id
  )
) as failed
having count(*) > 0;

select 'int_qr_header' as model, 'int_qr_header_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_int.int_qr_header
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'ipc_sessions' as model, 'ipc_sessions_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.ipc_sessions
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'ipc_sessions' as model, 'ipc_sessions_between_session' as assertion, 'error' as severity, count(*) as failures
from (
select session
from engage_analytics_mart.ipc_sessions
where session not between 1 and 4
) as failed
having count(*) > 0;

select 'ipc_sessions' as model, 'ipc_sessions_references_subject_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.subject_patient_id
from engage_analytics_mart.ipc_sessions as child
where child.subject_patient_id is not null
  and not exists (
    select 1 from engage_analytics_mart.patient as parent where parent.id = child.subject_patient_id
  )
) as failed
having count(*) > 0;

select 'locations' as model, 'locations_unique_id_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select id, organization_id
from engage_analytics_mart.locations
where id is not null and organization_id is not null
group by id, organization_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'locations' as model, 'locations_one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from engage_analytics_mart.locations
where status not in ('active', 'suspended', 'inactive')
) as failed
having count(*) > 0;

select 'observations' as model, 'observations_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.observations
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'observations' as model, 'observations_references_subject_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.subject_id
from engage_analytics_mart.observations as child
where child.subject_id is not null
  and not exists (
    select 1 from engage_analytics_mart.patient as parent where parent.id = child.subject_id
  )
) as failed
having count(*) > 0;

select 'organizations' as model, 'organizations_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.organizations
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'organizations' as model, 'organizations_not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from engage_analytics_mart.organizations
where name is null
) as failed
having count(*) > 0;

select 'patient' as model, 'patient_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.patient
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'patient' as model, 'patient_not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from engage_analytics_mart.patient
where id is null
) as failed
having count(*) > 0;

select 'patient' as model, 'patient_one_of_gender' as assertion, 'error' as severity, count(*) as failures
from (
select gender
from engage_analytics_mart.patient
where gender not in ('female', 'male', 'other', 'unknown')
) as failed
having count(*) > 0;

select 'practitioners' as model, 'practitioners_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.practitioners
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'practitioners' as model, 'practitioners_references_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.organization_id
from engage_analytics_mart.practitioners as child
where child.organization_id is not null
  and not exists (
    select 1 from engage_analytics_mart.organizations as parent where parent.id = child.organization_id
  )
) as failed
having count(*) > 0;

select 'provider_activity' as model, 'provider_activity_unique_practitioner_id' as assertion, 'error' as severity, count(*) as failures
from (
select practitioner_id
from engage_analytics_mart.provider_activity
where practitioner_id is not null
group by practitioner_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_1_month_follow_up' as model, 'qr_1_month_follow_up_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_1_month_follow_up
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_common_mental_health_symptoms' as model, 'qr_common_mental_health_symptoms_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_common_mental_health_symptoms
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_confidentiality_session_1' as model, 'qr_confidentiality_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_confidentiality_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_financial_wellness_tool' as model, 'qr_financial_wellness_tool_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_financial_wellness_tool
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_gad7_session_1' as model, 'qr_gad7_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_gad7_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_gad7_session_2' as model, 'qr_gad7_session_2_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_gad7_session_2
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_gad7_session_3' as model, 'qr_gad7_session_3_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_gad7_session_3
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_gad7_session_4' as model, 'qr_gad7_session_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_gad7_session_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_mood_rating_session_1' as model, 'qr_mood_rating_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_mood_rating_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_mood_rating_session_2' as model, 'qr_mood_rating_session_2_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_mood_rating_session_2
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_mood_rating_session_3' as model, 'qr_mood_rating_session_3_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_mood_rating_session_3
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_mood_rating_session_4' as model, 'qr_mood_rating_session_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_mood_rating_session_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_mw_tool' as model, 'qr_mw_tool_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_mw_tool
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_mw_tool_session_4' as model, 'qr_mw_tool_session_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_mw_tool_session_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_pc_ptsd_session_1' as model, 'qr_pc_ptsd_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_pc_ptsd_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_phq9_session_1' as model, 'qr_phq9_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_phq9_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_phq9_session_2' as model, 'qr_phq9_session_2_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_phq9_session_2
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_phq9_session_3' as model, 'qr_phq9_session_3_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_phq9_session_3
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_phq9_session_4' as model, 'qr_phq9_session_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_phq9_session_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_planning_next_steps' as model, 'qr_planning_next_steps_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_planning_next_steps
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_registration_info' as model, 'qr_registration_info_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_registration_info
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_remove_patient' as model, 'qr_remove_patient_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_remove_patient
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_sbirt' as model, 'qr_sbirt_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_sbirt
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_sf_pcl5_session_1' as model, 'qr_sf_pcl5_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_sf_pcl5_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_sf_pcl5_session_2' as model, 'qr_sf_pcl5_session_2_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_sf_pcl5_session_2
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_sf_pcl5_session_3' as model, 'qr_sf_pcl5_session_3_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_sf_pcl5_session_3
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_sf_pcl5_session_4' as model, 'qr_sf_pcl5_session_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_sf_pcl5_session_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_sociodemographic_survey' as model, 'qr_sociodemographic_survey_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_sociodemographic_survey
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_spi_subform_1' as model, 'qr_spi_subform_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_spi_subform_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_spi_subform_2' as model, 'qr_spi_subform_2_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_spi_subform_2
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_spi_subform_3' as model, 'qr_spi_subform_3_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_spi_subform_3
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_spi_subform_4' as model, 'qr_spi_subform_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_spi_subform_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_start_ipc_session_1' as model, 'qr_start_ipc_session_1_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_start_ipc_session_1
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_start_ipc_session_2' as model, 'qr_start_ipc_session_2_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_start_ipc_session_2
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_start_ipc_session_3' as model, 'qr_start_ipc_session_3_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_start_ipc_session_3
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'qr_start_ipc_session_4' as model, 'qr_start_ipc_session_4_unique_qr_id' as assertion, 'error' as severity, count(*) as failures
from (
select qr_id
from engage_analytics_mart.qr_start_ipc_session_4
where qr_id is not null
group by qr_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_care_plan' as model, 'stg_care_plan_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_care_plan
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_care_team' as model, 'stg_care_team_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_care_team
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_encounter' as model, 'stg_encounter_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_encounter
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_encounter' as model, 'stg_encounter_one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from engage_analytics_stg.stg_encounter
where status not in ('planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'cancelled', 'entered-in-error', 'unknown')
) as failed
having count(*) > 0;

select 'stg_location' as model, 'stg_location_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_location
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_observation' as model, 'stg_observation_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_observation
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_organization' as model, 'stg_organization_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_organization
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_organization_affiliation' as model, 'stg_organization_affiliation_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_organization_affiliation
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_patient' as model, 'stg_patient_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_patient
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_patient' as model, 'stg_patient_one_of_gender' as assertion, 'error' as severity, count(*) as failures
from (
select gender
from engage_analytics_stg.stg_patient
where gender not in ('female', 'male', 'other', 'unknown')
) as failed
having count(*) > 0;

select 'stg_practitioner' as model, 'stg_practitioner_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_practitioner
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_practitioner_role' as model, 'stg_practitioner_role_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_practitioner_role
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_questionnaire_response' as model, 'stg_questionnaire_response_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_questionnaire_response
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_questionnaire_response' as model, 'stg_questionnaire_response_one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from engage_analytics_stg.stg_questionnaire_response
where status not in ('in-progress', 'completed', 'amended', 'entered-in-error', 'stopped')
) as failed
having count(*) > 0;

select 'stg_task' as model, 'stg_task_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_stg.stg_task
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'tasks' as model, 'tasks_unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from engage_analytics_mart.tasks
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'tasks' as model, 'tasks_references_subject_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.subject_id
from engage_analytics_mart.tasks as child
where child.subject_id is not null
  and not exists (
    select 1 from engage_analytics_mart.patient as parent where parent.id = child.subject_id
  )
) as failed
having count(*) > 0;
