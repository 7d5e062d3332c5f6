-- Assertions: each query yields a row only when it fails, with how often, never the values.
-- Written by pipec from the project `medilink`; change it there, not here.

select 'announced_visits' as model, 'not_null_announcement_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announced_visits"
where announcement_id is null
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'not_null_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announced_visits"
where patient_id is null
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'not_null_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announced_visits"
where facility_id is null
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'between_triage_level' as assertion, 'error' as severity, count(*) as failures
from (
select triage_level
from "medilink_intake.announced_visits"
where triage_level not between 1 and 5
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'not_null_triage_level' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announced_visits"
where triage_level is null
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'not_null_expected_on' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announced_visits"
where expected_on is null
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'not_null_announced_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announced_visits"
where announced_at is null
) as failed
having count(*) > 0;

select 'announced_visits' as model, 'unique_announcement_id' as assertion, 'error' as severity, count(*) as failures
from (
select announcement_id
from "medilink_intake.announced_visits"
where announcement_id is not null
group by announcement_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where batch_id is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where line is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where name is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where state is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_lga' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where lga is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where type is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities"
where loaded_at is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where batch_id is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where line is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_facility_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where facility_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_facility_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where facility_state is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_facility_lga' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where facility_lga is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_first_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where first_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_last_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where last_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients"
where loaded_at is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where batch_id is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where line is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_facility_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where facility_name is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_facility_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where facility_state is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_facility_lga' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where facility_lga is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_first_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where first_name is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_last_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where last_name is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_record_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where record_type is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_recorded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where recorded_at is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_data' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where data is null
) as failed
having count(*) > 0;

select 'medical_records' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records"
where loaded_at is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where batch_id is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where line is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_facility_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where facility_name is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_facility_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where facility_state is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_facility_lga' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where facility_lga is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_first_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where first_name is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_last_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where last_name is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_visited_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where visited_at is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_conditions' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where conditions is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_recommendations' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where recommendations is null
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits"
where loaded_at is null
) as failed
having count(*) > 0;

select 'announcement_changes' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announcement_changes"
where id is null
) as failed
having count(*) > 0;

select 'announcement_changes' as model, 'not_null_table_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announcement_changes"
where table_name is null
) as failed
having count(*) > 0;

select 'announcement_changes' as model, 'not_null_operation' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announcement_changes"
where operation is null
) as failed
having count(*) > 0;

select 'announcement_changes' as model, 'not_null_changed_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announcement_changes"
where changed_at is null
) as failed
having count(*) > 0;

select 'announcement_changes' as model, 'not_null_changed_by' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "medilink_intake.announcement_changes"
where changed_by is null
) as failed
having count(*) > 0;

select 'announcement_changes' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from "medilink_intake.announcement_changes"
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where id is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_load' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where load is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_run_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where run_date is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where file is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_sha256' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where sha256 is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_bytes' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where bytes is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_status' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where status is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_read' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where rows_read is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_inserted' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where rows_inserted is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_updated' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where rows_updated is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_duplicate' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where rows_duplicate is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_quarantined' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where rows_quarantined is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where started_at is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_finished_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.etl_audit_log"
where finished_at is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from "landing.etl_audit_log"
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where batch_id is null
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where file is null
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where line is null
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_reason' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where reason is null
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_content' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where content is null
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_characters' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where characters is null
) as failed
having count(*) > 0;

select 'facilities_quarantine' as model, 'not_null_quarantined_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.facilities_quarantine"
where quarantined_at is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where batch_id is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where file is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where line is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_reason' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where reason is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_content' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where content is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_characters' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where characters is null
) as failed
having count(*) > 0;

select 'patients_quarantine' as model, 'not_null_quarantined_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.patients_quarantine"
where quarantined_at is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where batch_id is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where file is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where line is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_reason' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where reason is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_content' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where content is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_characters' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where characters is null
) as failed
having count(*) > 0;

select 'medical_records_quarantine' as model, 'not_null_quarantined_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.medical_records_quarantine"
where quarantined_at is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where batch_id is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where file is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where line is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_reason' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where reason is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_content' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where content is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_characters' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where characters is null
) as failed
having count(*) > 0;

select 'triage_visits_quarantine' as model, 'not_null_quarantined_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.triage_visits_quarantine"
where quarantined_at is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where id is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_pipeline' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where pipeline is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_run' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where run is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_run_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where run_date is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_status' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where status is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_tries' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where tries is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from "landing.pipeline_runs"
where started_at is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from "landing.pipeline_runs"
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from "landing.pipeline_runs"
where status not in ('running', 'succeeded', 'failed', 'lost')
) as failed
having count(*) > 0;

select 'condition_analysis' as model, 'condition_analysis_unique_diagnosis_state' as assertion, 'error' as severity, count(*) as failures
from (
select diagnosis, state
from "medilink_analytics.condition_analysis"
where diagnosis is not null and state is not null
group by diagnosis, state
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_facilities' as model, 'dim_facilities_unique_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select facility_id
from "medilink_marts.dim_facilities"
where facility_id is not null
group by facility_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patients' as model, 'dim_patients_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from "medilink_marts.dim_patients"
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patients' as model, 'dim_patients_one_of_age_group' as assertion, 'error' as severity, count(*) as failures
from (
select age_group
from "medilink_marts.dim_patients"
where age_group not in ('Infant', 'Child', 'Adolescent', 'Adult', 'Senior')
) as failed
having count(*) > 0;

select 'etl_audit' as model, 'etl_audit_unique_table_name_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select table_name, batch_id
from "medilink_core.etl_audit"
where table_name is not null and batch_id is not null
group by table_name, batch_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'facilities' as model, 'facilities_unique_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select facility_id
from "medilink_core.facilities"
where facility_id is not null
group by facility_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'facilities' as model, 'facilities_unique_name_state_lga' as assertion, 'error' as severity, count(*) as failures
from (
select name, state, lga
from "medilink_core.facilities"
where name is not null and state is not null and lga is not null
group by name, state, lga
having count(*) > 1
) as failed
having count(*) > 0;

select 'facility_performance' as model, 'facility_performance_unique_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select facility_id
from "medilink_clinical.facility_performance"
where facility_id is not null
group by facility_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'fct_medical_records' as model, 'fct_medical_records_unique_record_id' as assertion, 'error' as severity, count(*) as failures
from (
select record_id
from "medilink_marts.fct_medical_records"
where record_id is not null
group by record_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'fct_triage_visits' as model, 'fct_triage_visits_unique_visit_id' as assertion, 'error' as severity, count(*) as failures
from (
select visit_id
from "medilink_marts.fct_triage_visits"
where visit_id is not null
group by visit_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'fct_triage_visits' as model, 'fct_triage_visits_one_of_priority' as assertion, 'error' as severity, count(*) as failures
from (
select priority
from "medilink_marts.fct_triage_visits"
where priority not in ('Critical', 'High', 'Medium', 'Low')
) as failed
having count(*) > 0;

select 'medical_records' as model, 'medical_records_unique_record_id' as assertion, 'error' as severity, count(*) as failures
from (
select record_id
from "medilink_core.medical_records"
where record_id is not null
group by record_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'medical_records' as model, 'medical_records_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from "medilink_core.medical_records" as child
where child.patient_id is not null
  and not exists (
    select 1 from "medilink_core.patients" as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'medical_records' as model, 'medical_records_references_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.facility_id
from "medilink_core.medical_records" as child
where child.facility_id is not null
  and not exists (
    select 1 from "medilink_core.facilities" as parent where parent.facility_id = child.facility_id
  )
) as failed
having count(*) > 0;

select 'patient_summary' as model, 'patient_summary_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from "medilink_clinical.patient_summary"
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'patients' as model, 'patients_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from "medilink_core.patients"
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'patients' as model, 'patients_unique_facility_id_first_name_last_name_dob' as assertion, 'error' as severity, count(*) as failures
from (
select facility_id, first_name, last_name, dob
from "medilink_core.patients"
where facility_id is not null and first_name is not null and last_name is not null and dob is not null
group by facility_id, first_name, last_name, dob
having count(*) > 1
) as failed
having count(*) > 0;

select 'patients' as model, 'patients_references_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.facility_id
from "medilink_core.patients" as child
where child.facility_id is not null
  and not exists (
    select 1 from "medilink_core.facilities" as parent where parent.facility_id = child.facility_id
  )
) as failed
having count(*) > 0;

select 'patients' as model, 'patients_one_of_sex' as assertion, 'error' as severity, count(*) as failures
from (
select sex
from "medilink_core.patients"
where sex not in ('F', 'M')
) as failed
having count(*) > 0;

select 'triage_trends' as model, 'triage_trends_unique_day_priority' as assertion, 'error' as severity, count(*) as failures
from (
select day, priority
from "medilink_analytics.triage_trends"
where day is not null and priority is not null
group by day, priority
having count(*) > 1
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'triage_visits_unique_visit_id' as assertion, 'error' as severity, count(*) as failures
from (
select visit_id
from "medilink_core.triage_visits"
where visit_id is not null
group by visit_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'triage_visits_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from "medilink_core.triage_visits" as child
where child.patient_id is not null
  and not exists (
    select 1 from "medilink_core.patients" as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'triage_visits_references_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.facility_id
from "medilink_core.triage_visits" as child
where child.facility_id is not null
  and not exists (
    select 1 from "medilink_core.facilities" as parent where parent.facility_id = child.facility_id
  )
) as failed
having count(*) > 0;

select 'triage_visits' as model, 'triage_visits_between_triage_level' as assertion, 'error' as severity, count(*) as failures
from (
select triage_level
from "medilink_core.triage_visits"
where triage_level not between 1 and 5
) as failed
having count(*) > 0;
