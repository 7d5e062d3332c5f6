-- Assertions: each query yields a row only when it fails, with how often, never the values.
-- Written by pipec from the project `efiche`; change it there, not here.

select 'facilities' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.facilities
where id is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'unique_name' as assertion, 'error' as severity, count(*) as failures
from (
select name
from operational.facilities
where name is not null
group by name
having count(*) > 1
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.facilities
where name is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'one_of_facility_type' as assertion, 'error' as severity, count(*) as failures
from (
select facility_type
from operational.facilities
where facility_type not in ('hospital', 'clinic', 'health_centre', 'imaging_centre')
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_facility_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.facilities
where facility_type is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'not_null_district' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.facilities
where district is null
) as failed
having count(*) > 0;

select 'facilities' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.facilities
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.patients
where id is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_first_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.patients
where first_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_last_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.patients
where last_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_date_of_birth' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.patients
where date_of_birth is null
) as failed
having count(*) > 0;

select 'patients' as model, 'one_of_sex' as assertion, 'error' as severity, count(*) as failures
from (
select sex
from operational.patients
where sex not in ('F', 'M')
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_sex' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.patients
where sex is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_created_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.patients
where created_at is null
) as failed
having count(*) > 0;

select 'patients' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.patients
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'patients' as model, 'check_1' as assertion, 'error' as severity, count(*) as failures
from (
select
    1 as failure
from operational.patients
where not (date_of_birth >= cast('1900-01-01' as date))
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.encounters
where id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.encounters
where patient_id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.encounters
where facility_id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_encounter_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.encounters
where encounter_date is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'one_of_encounter_type' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_type
from operational.encounters
where encounter_type not in ('outpatient', 'inpatient', 'emergency', 'follow_up', 'imaging')
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_encounter_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.encounters
where encounter_type is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'one_of_source' as assertion, 'error' as severity, count(*) as failures
from (
select source
from operational.encounters
where source not in ('synthetic', 'padchest')
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_source' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.encounters
where source is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'unique_source_id' as assertion, 'error' as severity, count(*) as failures
from (
select source_id
from operational.encounters
where source_id is not null
group by source_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'encounters' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.encounters
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'encounters' as model, 'references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from operational.encounters as child
where child.patient_id is not null
  and not exists (
    select 1 from operational.patients as parent where parent.id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'encounters' as model, 'references_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.facility_id
from operational.encounters as child
where child.facility_id is not null
  and not exists (
    select 1 from operational.facilities as parent where parent.id = child.facility_id
  )
) as failed
having count(*) > 0;

select 'encounters' as model, 'check_1' as assertion, 'error' as severity, count(*) as failures
from (
select
    1 as failure
from operational.encounters
where not (source <> 'padchest' or source_id is not null)
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where id is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where encounter_id is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where code is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where name is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_modality' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where modality is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_body_part' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where body_part is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_performed_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.procedures
where performed_at is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.procedures
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'procedures' as model, 'references_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.encounter_id
from operational.procedures as child
where child.encounter_id is not null
  and not exists (
    select 1 from operational.encounters as parent where parent.id = child.encounter_id
  )
) as failed
having count(*) > 0;

select 'diagnosis_codes' as model, 'matches_code' as assertion, 'error' as severity, count(*) as failures
from (
select code
from operational.diagnosis_codes
where code !~ '^[A-Z][0-9]'
) as failed
having count(*) > 0;

select 'diagnosis_codes' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnosis_codes
where code is null
) as failed
having count(*) > 0;

select 'diagnosis_codes' as model, 'not_null_description' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnosis_codes
where description is null
) as failed
having count(*) > 0;

select 'diagnosis_codes' as model, 'not_null_chapter' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnosis_codes
where chapter is null
) as failed
having count(*) > 0;

select 'diagnosis_codes' as model, 'unique_code' as assertion, 'error' as severity, count(*) as failures
from (
select code
from operational.diagnosis_codes
where code is not null
group by code
having count(*) > 1
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnoses
where id is null
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'not_null_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnoses
where encounter_id is null
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnoses
where code is null
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'not_null_is_primary' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.diagnoses
where is_primary is null
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.diagnoses
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'unique_encounter_id_code' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id, code
from operational.diagnoses
where encounter_id is not null and code is not null
group by encounter_id, code
having count(*) > 1
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'references_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.encounter_id
from operational.diagnoses as child
where child.encounter_id is not null
  and not exists (
    select 1 from operational.encounters as parent where parent.id = child.encounter_id
  )
) as failed
having count(*) > 0;

select 'diagnoses' as model, 'references_code' as assertion, 'error' as severity, count(*) as failures
from (
select child.code
from operational.diagnoses as child
where child.code is not null
  and not exists (
    select 1 from operational.diagnosis_codes as parent where parent.code = child.code
  )
) as failed
having count(*) > 0;

select 'reports' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.reports
where id is null
) as failed
having count(*) > 0;

select 'reports' as model, 'not_null_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.reports
where encounter_id is null
) as failed
having count(*) > 0;

select 'reports' as model, 'one_of_report_type' as assertion, 'error' as severity, count(*) as failures
from (
select report_type
from operational.reports
where report_type not in ('radiology', 'pathology')
) as failed
having count(*) > 0;

select 'reports' as model, 'not_null_report_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.reports
where report_type is null
) as failed
having count(*) > 0;

select 'reports' as model, 'not_null_report_text' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.reports
where report_text is null
) as failed
having count(*) > 0;

select 'reports' as model, 'not_null_created_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.reports
where created_at is null
) as failed
having count(*) > 0;

select 'reports' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.reports
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'reports' as model, 'references_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.encounter_id
from operational.reports as child
where child.encounter_id is not null
  and not exists (
    select 1 from operational.encounters as parent where parent.id = child.encounter_id
  )
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_image_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where image_id is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_study_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where study_id is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_patient_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where patient_code is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_study_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where study_date is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'one_of_projection' as assertion, 'error' as severity, count(*) as failures
from (
select projection
from operational.padchest_staging
where projection not in ('PA', 'AP', 'L')
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_projection' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where projection is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_labels' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where labels is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_report' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where report is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_processed' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where processed is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_staging
where loaded_at is null
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'unique_image_id' as assertion, 'error' as severity, count(*) as failures
from (
select image_id
from operational.padchest_staging
where image_id is not null
group by image_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'padchest_staging' as model, 'check_1' as assertion, 'error' as severity, count(*) as failures
from (
select
    1 as failure
from operational.padchest_staging
where not (processed = (processed_at is not null))
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.etl_audit_log
where id is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_step' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.etl_audit_log
where step is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.etl_audit_log
where started_at is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_read' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.etl_audit_log
where rows_read is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_rows_written' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.etl_audit_log
where rows_written is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from operational.etl_audit_log
where status not in ('done', 'failed')
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'not_null_status' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.etl_audit_log
where status is null
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.etl_audit_log
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'etl_audit_log' as model, 'check_1' as assertion, 'error' as severity, count(*) as failures
from (
select
    1 as failure
from operational.etl_audit_log
where not (rows_read >= 0 and rows_written >= 0)
) as failed
having count(*) > 0;

select 'audit_log' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.audit_log
where id is null
) as failed
having count(*) > 0;

select 'audit_log' as model, 'not_null_table_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.audit_log
where table_name is null
) as failed
having count(*) > 0;

select 'audit_log' as model, 'not_null_operation' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.audit_log
where operation is null
) as failed
having count(*) > 0;

select 'audit_log' as model, 'not_null_changed_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.audit_log
where changed_at is null
) as failed
having count(*) > 0;

select 'audit_log' as model, 'not_null_changed_by' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.audit_log
where changed_by is null
) as failed
having count(*) > 0;

select 'audit_log' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.audit_log
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where id is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_load' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where load is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_run_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where run_date is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where file is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_sha256' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where sha256 is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_bytes' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where bytes is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_status' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where status is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_rows_read' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where rows_read is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_rows_inserted' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where rows_inserted is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_rows_updated' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where rows_updated is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_rows_duplicate' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where rows_duplicate is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_rows_quarantined' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where rows_quarantined is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where started_at is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'not_null_finished_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_files
where finished_at is null
) as failed
having count(*) > 0;

select 'padchest_files' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.padchest_files
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_batch_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where batch_id is null
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_file' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where file is null
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_line' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where line is null
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_reason' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where reason is null
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_content' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where content is null
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_characters' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where characters is null
) as failed
having count(*) > 0;

select 'padchest_quarantine' as model, 'not_null_quarantined_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.padchest_quarantine
where quarantined_at is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where id is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_pipeline' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where pipeline is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_run' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where run is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_run_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where run_date is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_status' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where status is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_tries' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where tries is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from operational.pipeline_runs
where started_at is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from operational.pipeline_runs
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from operational.pipeline_runs
where status not in ('running', 'succeeded', 'failed', 'lost')
) as failed
having count(*) > 0;

select 'bridge_encounter_diagnosis' as model, 'bridge_encounter_diagnosis_unique_encounter_key_diagnosis_key' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_key, diagnosis_key
from efiche_dw.bridge_encounter_diagnosis
where encounter_key is not null and diagnosis_key is not null
group by encounter_key, diagnosis_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'bridge_encounter_procedure' as model, 'bridge_encounter_procedure_unique_encounter_key_procedure_key' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_key, procedure_key
from efiche_dw.bridge_encounter_procedure
where encounter_key is not null and procedure_key is not null
group by encounter_key, procedure_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_diagnosis' as model, 'dim_diagnosis_unique_diagnosis_key' as assertion, 'error' as severity, count(*) as failures
from (
select diagnosis_key
from efiche_dw.dim_diagnosis
where diagnosis_key is not null
group by diagnosis_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_diagnosis' as model, 'dim_diagnosis_unique_code' as assertion, 'error' as severity, count(*) as failures
from (
select code
from efiche_dw.dim_diagnosis
where code is not null
group by code
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_facility' as model, 'dim_facility_unique_facility_key' as assertion, 'error' as severity, count(*) as failures
from (
select facility_key
from efiche_dw.dim_facility
where facility_key is not null
group by facility_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_facility' as model, 'dim_facility_unique_facility_id' as assertion, 'error' as severity, count(*) as failures
from (
select facility_id
from efiche_dw.dim_facility
where facility_id is not null
group by facility_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patient' as model, 'dim_patient_unique_patient_key' as assertion, 'error' as severity, count(*) as failures
from (
select patient_key
from efiche_dw.dim_patient
where patient_key is not null
group by patient_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patient' as model, 'dim_patient_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from efiche_dw.dim_patient
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patient' as model, 'dim_patient_one_of_age_group' as assertion, 'error' as severity, count(*) as failures
from (
select age_group
from efiche_dw.dim_patient
where age_group not in ('0-18', '19-35', '36-50', '51-70', '71+')
) as failed
having count(*) > 0;

select 'dim_patient_history' as model, 'dim_patient_history_unique_patient_id_valid_from' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id, valid_from
from efiche_dw.dim_patient_history
where patient_id is not null and valid_from is not null
group by patient_id, valid_from
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_procedure' as model, 'dim_procedure_unique_procedure_key' as assertion, 'error' as severity, count(*) as failures
from (
select procedure_key
from efiche_dw.dim_procedure
where procedure_key is not null
group by procedure_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_procedure' as model, 'dim_procedure_unique_code' as assertion, 'error' as severity, count(*) as failures
from (
select code
from efiche_dw.dim_procedure
where code is not null
group by code
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_time' as model, 'dim_time_unique_time_key' as assertion, 'error' as severity, count(*) as failures
from (
select time_key
from efiche_dw.dim_time
where time_key is not null
group by time_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_time' as model, 'dim_time_unique_day' as assertion, 'error' as severity, count(*) as failures
from (
select day
from efiche_dw.dim_time
where day is not null
group by day
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_encounters' as model, 'fact_encounters_unique_encounter_key' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_key
from efiche_dw.fact_encounters
where encounter_key is not null
group by encounter_key
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_encounters' as model, 'fact_encounters_unique_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id
from efiche_dw.fact_encounters
where encounter_id is not null
group by encounter_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_encounters' as model, 'fact_encounters_references_patient_key' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_key
from efiche_dw.fact_encounters as child
where child.patient_key is not null
  and not exists (
    select 1 from efiche_dw.dim_patient as parent where parent.patient_key = child.patient_key
  )
) as failed
having count(*) > 0;

select 'fact_encounters' as model, 'fact_encounters_references_facility_key' as assertion, 'error' as severity, count(*) as failures
from (
select child.facility_key
from efiche_dw.fact_encounters as child
where child.facility_key is not null
  and not exists (
    select 1 from efiche_dw.dim_facility as parent where parent.facility_key = child.facility_key
  )
) as failed
having count(*) > 0;

select 'fact_encounters' as model, 'fact_encounters_references_time_key' as assertion, 'error' as severity, count(*) as failures
from (
select child.time_key
from efiche_dw.fact_encounters as child
where child.time_key is not null
  and not exists (
    select 1 from efiche_dw.dim_time as parent where parent.time_key = child.time_key
  )
) as failed
having count(*) > 0;

select 'fact_encounters_anon' as model, 'fact_encounters_anon_unique_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id
from efiche_dw.fact_encounters_anon
where encounter_id is not null
group by encounter_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'mv_diagnosis_by_age_group' as model, 'mv_diagnosis_by_age_group_unique_age_group_code' as assertion, 'error' as severity, count(*) as failures
from (
select age_group, code
from efiche_mart.mv_diagnosis_by_age_group
where age_group is not null and code is not null
group by age_group, code
having count(*) > 1
) as failed
having count(*) > 0;

select 'mv_monthly_encounters' as model, 'mv_monthly_encounters_unique_year_month' as assertion, 'error' as severity, count(*) as failures
from (
select year, month
from efiche_mart.mv_monthly_encounters
where year is not null and month is not null
group by year, month
having count(*) > 1
) as failed
having count(*) > 0;

select 'mv_procedure_volume' as model, 'mv_procedure_volume_unique_modality_year_month' as assertion, 'error' as severity, count(*) as failures
from (
select modality, year, month
from efiche_mart.mv_procedure_volume
where modality is not null and year is not null and month is not null
group by modality, year, month
having count(*) > 1
) as failed
having count(*) > 0;
