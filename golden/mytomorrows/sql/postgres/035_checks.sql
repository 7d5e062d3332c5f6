-- Assertions: each query yields a row only when it fails, with how often, never the values.
-- Written by pipec from the project `mytomorrows`; change it there, not here.

select 'patients' as model, 'not_null_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where patient_id is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_first_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where first_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_last_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where last_name is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_address' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where address is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_city' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where city is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where state is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_zip' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where zip is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.patients
where loaded_at is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where encounter_id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where patient_id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where organization_id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_payer_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where payer_id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where started_at is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_description' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where description is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.encounters
where loaded_at is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'references_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.organization_id
from raw.encounters as child
where child.organization_id is not null
  and not exists (
    select 1 from raw.organizations as parent where parent.organization_id = child.organization_id
  )
) as failed
having count(*) > 0;

select 'encounters' as model, 'references_payer_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.payer_id
from raw.encounters as child
where child.payer_id is not null
  and not exists (
    select 1 from raw.payers as parent where parent.payer_id = child.payer_id
  )
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_procedure_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where procedure_id is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where encounter_id is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where code is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_description' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where description is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_base_cost' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where base_cost is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_performed_on' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where performed_on is null
) as failed
having count(*) > 0;

select 'procedures' as model, 'not_null_loaded_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.procedures
where loaded_at is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.organizations
where organization_id is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.organizations
where name is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'unique_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select organization_id
from raw.organizations
where organization_id is not null
group by organization_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'payers' as model, 'not_null_payer_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.payers
where payer_id is null
) as failed
having count(*) > 0;

select 'payers' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.payers
where name is null
) as failed
having count(*) > 0;

select 'payers' as model, 'not_null_is_insurance' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.payers
where is_insurance is null
) as failed
having count(*) > 0;

select 'payers' as model, 'unique_payer_id' as assertion, 'error' as severity, count(*) as failures
from (
select payer_id
from raw.payers
where payer_id is not null
group by payer_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'staff' as model, 'not_null_user_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.staff
where user_id is null
) as failed
having count(*) > 0;

select 'staff' as model, 'not_null_organization' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.staff
where organization is null
) as failed
having count(*) > 0;

select 'staff' as model, 'not_null_department' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.staff
where department is null
) as failed
having count(*) > 0;

select 'staff' as model, 'not_null_is_hospice_authorized' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from raw.staff
where is_hospice_authorized is null
) as failed
having count(*) > 0;

select 'staff' as model, 'unique_user_id' as assertion, 'error' as severity, count(*) as failures
from (
select user_id
from raw.staff
where user_id is not null
group by user_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where id is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_pipeline' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where pipeline is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_run' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where run is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_run_date' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where run_date is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_status' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where status is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_tries' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where tries is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'not_null_started_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_ops.pipeline_runs
where started_at is null
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'unique_id' as assertion, 'error' as severity, count(*) as failures
from (
select id
from mytomorrows_ops.pipeline_runs
where id is not null
group by id
having count(*) > 1
) as failed
having count(*) > 0;

select 'pipeline_runs' as model, 'one_of_status' as assertion, 'error' as severity, count(*) as failures
from (
select status
from mytomorrows_ops.pipeline_runs
where status not in ('running', 'succeeded', 'failed', 'lost')
) as failed
having count(*) > 0;

select 'procedure_groups' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from reference.procedure_groups
where code is null
) as failed
having count(*) > 0;

select 'procedure_groups' as model, 'not_null_procedure_group' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from reference.procedure_groups
where procedure_group is null
) as failed
having count(*) > 0;

select 'procedure_groups' as model, 'not_null_specialty' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from reference.procedure_groups
where specialty is null
) as failed
having count(*) > 0;

select 'procedure_groups' as model, 'not_null_procedure_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from reference.procedure_groups
where procedure_type is null
) as failed
having count(*) > 0;

select 'procedure_groups' as model, 'unique_code' as assertion, 'error' as severity, count(*) as failures
from (
select code
from reference.procedure_groups
where code is not null
group by code
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_authorizations' as model, 'dim_authorizations_unique_user_id' as assertion, 'error' as severity, count(*) as failures
from (
select user_id
from mytomorrows_hospital.dim_authorizations
where user_id is not null
group by user_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_specialties' as model, 'dim_specialties_unique_specialty' as assertion, 'error' as severity, count(*) as failures
from (
select specialty
from mytomorrows_hospital.dim_specialties
where specialty is not null
group by specialty
having count(*) > 1
) as failed
having count(*) > 0;

select 'fct_patients_trailing' as model, 'fct_patients_trailing_unique_specialty_procedure_type_day' as assertion, 'error' as severity, count(*) as failures
from (
select specialty, procedure_type, day
from mytomorrows_hospital.fct_patients_trailing
where specialty is not null and procedure_type is not null and day is not null
group by specialty, procedure_type, day
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_procedures' as model, 'int_procedures_unique_procedure_id' as assertion, 'error' as severity, count(*) as failures
from (
select procedure_id
from mytomorrows_int.int_procedures
where procedure_id is not null
group by procedure_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_procedures' as model, 'int_procedures_not_null_procedure_group' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_int.int_procedures
where procedure_group is null
) as failed
having count(*) > 0;

select 'int_procedures' as model, 'int_procedures_not_null_specialty' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_int.int_procedures
where specialty is null
) as failed
having count(*) > 0;

select 'int_procedures' as model, 'int_procedures_not_null_procedure_type' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from mytomorrows_int.int_procedures
where procedure_type is null
) as failed
having count(*) > 0;

select 'patient_months' as model, 'patient_months_unique_patient_id_month' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id, month
from mytomorrows_int.patient_months
where patient_id is not null and month is not null
group by patient_id, month
having count(*) > 1
) as failed
having count(*) > 0;

select 'patient_months' as model, 'patient_months_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from mytomorrows_int.patient_months as child
where child.patient_id is not null
  and not exists (
    select 1 from mytomorrows_stg.stg_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'stg_encounters' as model, 'stg_encounters_unique_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id
from mytomorrows_stg.stg_encounters
where encounter_id is not null
group by encounter_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_encounters' as model, 'stg_encounters_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from mytomorrows_stg.stg_encounters as child
where child.patient_id is not null
  and not exists (
    select 1 from mytomorrows_stg.stg_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'stg_patients' as model, 'stg_patients_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from mytomorrows_stg.stg_patients
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_patients' as model, 'stg_patients_one_of_gender' as assertion, 'error' as severity, count(*) as failures
from (
select gender
from mytomorrows_stg.stg_patients
where gender not in ('F', 'M')
) as failed
having count(*) > 0;

select 'stg_patients' as model, 'stg_patients_matches_zip' as assertion, 'error' as severity, count(*) as failures
from (
select zip
from mytomorrows_stg.stg_patients
where zip !~ '^[0-9]{5}(-[0-9]{4})?$'
) as failed
having count(*) > 0;

select 'stg_procedures' as model, 'stg_procedures_unique_procedure_id' as assertion, 'error' as severity, count(*) as failures
from (
select procedure_id
from mytomorrows_stg.stg_procedures
where procedure_id is not null
group by procedure_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'stg_procedures' as model, 'stg_procedures_references_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.encounter_id
from mytomorrows_stg.stg_procedures as child
where child.encounter_id is not null
  and not exists (
    select 1 from mytomorrows_stg.stg_encounters as parent where parent.encounter_id = child.encounter_id
  )
) as failed
having count(*) > 0;

select 'stg_procedures' as model, 'stg_procedures_between_base_cost' as assertion, 'error' as severity, count(*) as failures
from (
select base_cost
from mytomorrows_stg.stg_procedures
where base_cost not between 0 and 100000
) as failed
having count(*) > 0;

select 'stg_procedures' as model, 'stg_procedures_between_performed_on' as assertion, 'warn' as severity, count(*) as failures
from (
select performed_on
from mytomorrows_stg.stg_procedures
where performed_on not between '2024-07-01' and '2030-12-31'
) as failed
having count(*) > 0;
