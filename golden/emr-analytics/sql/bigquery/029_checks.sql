-- Assertions: each query yields a row only when it fails, with how often, never the values.
-- Written by pipec from the project `emr_analytics`; change it there, not here.

select 'patients' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where id is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_birthdate' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where birthdate is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_first' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where first is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_last' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where last is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_race' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where race is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_ethnicity' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where ethnicity is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_gender' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where gender is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_address' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where address is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_city' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where city is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where state is null
) as failed
having count(*) > 0;

select 'patients' as model, 'not_null_ingested_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.patients
where ingested_at is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.organizations
where id is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.organizations
where name is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_city' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.organizations
where city is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_state' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.organizations
where state is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_zip' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.organizations
where zip is null
) as failed
having count(*) > 0;

select 'organizations' as model, 'not_null_ingested_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.organizations
where ingested_at is null
) as failed
having count(*) > 0;

select 'providers' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.providers
where id is null
) as failed
having count(*) > 0;

select 'providers' as model, 'not_null_organization' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.providers
where organization is null
) as failed
having count(*) > 0;

select 'providers' as model, 'not_null_name' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.providers
where name is null
) as failed
having count(*) > 0;

select 'providers' as model, 'not_null_speciality' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.providers
where speciality is null
) as failed
having count(*) > 0;

select 'providers' as model, 'not_null_ingested_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.providers
where ingested_at is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_id' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where id is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_start' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where start is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_patient' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where patient is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_organization' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where organization is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_provider' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where provider is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_encounterclass' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where encounterclass is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where code is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_description' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where description is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_base_encounter_cost' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where base_encounter_cost is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_total_claim_cost' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where total_claim_cost is null
) as failed
having count(*) > 0;

select 'encounters' as model, 'not_null_ingested_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.encounters
where ingested_at is null
) as failed
having count(*) > 0;

select 'conditions' as model, 'not_null_start' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.conditions
where start is null
) as failed
having count(*) > 0;

select 'conditions' as model, 'not_null_patient' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.conditions
where patient is null
) as failed
having count(*) > 0;

select 'conditions' as model, 'not_null_encounter' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.conditions
where encounter is null
) as failed
having count(*) > 0;

select 'conditions' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.conditions
where code is null
) as failed
having count(*) > 0;

select 'conditions' as model, 'not_null_description' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.conditions
where description is null
) as failed
having count(*) > 0;

select 'conditions' as model, 'not_null_ingested_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.conditions
where ingested_at is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_start' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where start is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_patient' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where patient is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_encounter' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where encounter is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_code' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where code is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_description' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where description is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_base_cost' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where base_cost is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_dispenses' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where dispenses is null
) as failed
having count(*) > 0;

select 'medications' as model, 'not_null_ingested_at' as assertion, 'error' as severity, count(*) as failures
from (
select 1 as failure
from emr_raw.medications
where ingested_at is null
) as failed
having count(*) > 0;

select 'dim_conditions' as model, 'dim_conditions_unique_condition_code' as assertion, 'error' as severity, count(*) as failures
from (
select condition_code
from emr_marts.dim_conditions
where condition_code is not null
group by condition_code
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_medications' as model, 'dim_medications_unique_medication_code' as assertion, 'error' as severity, count(*) as failures
from (
select medication_code
from emr_marts.dim_medications
where medication_code is not null
group by medication_code
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_organizations' as model, 'dim_organizations_unique_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select organization_id
from emr_marts.dim_organizations
where organization_id is not null
group by organization_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patients' as model, 'dim_patients_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from emr_marts.dim_patients
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'dim_patients' as model, 'dim_patients_one_of_age_group' as assertion, 'error' as severity, count(*) as failures
from (
select age_group
from emr_marts.dim_patients
where age_group not in ('0-17', '18-34', '35-49', '50-64', '65+')
) as failed
having count(*) > 0;

select 'fact_patient_conditions' as model, 'fact_patient_conditions_unique_encounter_id_condition_code' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id, condition_code
from emr_marts.fact_patient_conditions
where encounter_id is not null and condition_code is not null
group by encounter_id, condition_code
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_patient_conditions' as model, 'fact_patient_conditions_references_condition_code' as assertion, 'error' as severity, count(*) as failures
from (
select child.condition_code
from emr_marts.fact_patient_conditions as child
where child.condition_code is not null
  and not exists (
    select 1 from emr_marts.dim_conditions as parent where parent.condition_code = child.condition_code
  )
) as failed
having count(*) > 0;

select 'fact_patient_conditions' as model, 'fact_patient_conditions_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from emr_marts.fact_patient_conditions as child
where child.patient_id is not null
  and not exists (
    select 1 from emr_marts.dim_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'fact_patient_encounter_readmissions' as model, 'fact_patient_encounter_readmissions_unique_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id
from emr_marts.fact_patient_encounter_readmissions
where encounter_id is not null
group by encounter_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_patient_encounters' as model, 'fact_patient_encounters_unique_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id
from emr_marts.fact_patient_encounters
where encounter_id is not null
group by encounter_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_patient_encounters' as model, 'fact_patient_encounters_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from emr_marts.fact_patient_encounters as child
where child.patient_id is not null
  and not exists (
    select 1 from emr_marts.dim_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'fact_patient_encounters' as model, 'fact_patient_encounters_references_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.organization_id
from emr_marts.fact_patient_encounters as child
where child.organization_id is not null
  and not exists (
    select 1 from emr_marts.dim_organizations as parent where parent.organization_id = child.organization_id
  )
) as failed
having count(*) > 0;

select 'fact_patient_encounters_by_month' as model, 'fact_patient_encounters_by_month_unique_month_organization_id_specialty_encounter_class' as assertion, 'error' as severity, count(*) as failures
from (
select month, organization_id, specialty, encounter_class
from emr_marts.fact_patient_encounters_by_month
where month is not null and organization_id is not null and specialty is not null and encounter_class is not null
group by month, organization_id, specialty, encounter_class
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_patient_medications' as model, 'fact_patient_medications_unique_encounter_id_medication_code' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id, medication_code
from emr_marts.fact_patient_medications
where encounter_id is not null and medication_code is not null
group by encounter_id, medication_code
having count(*) > 1
) as failed
having count(*) > 0;

select 'fact_patient_medications' as model, 'fact_patient_medications_references_medication_code' as assertion, 'error' as severity, count(*) as failures
from (
select child.medication_code
from emr_marts.fact_patient_medications as child
where child.medication_code is not null
  and not exists (
    select 1 from emr_marts.dim_medications as parent where parent.medication_code = child.medication_code
  )
) as failed
having count(*) > 0;

select 'fact_patient_medications' as model, 'fact_patient_medications_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from emr_marts.fact_patient_medications as child
where child.patient_id is not null
  and not exists (
    select 1 from emr_marts.dim_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'fact_top_medications_by_patient_age_group' as model, 'fact_top_medications_by_patient_age_group_unique_age_group_place' as assertion, 'error' as severity, count(*) as failures
from (
select age_group, place
from emr_marts.fact_top_medications_by_patient_age_group
where age_group is not null and place is not null
group by age_group, place
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_conditions' as model, 'int_conditions_unique_encounter_id_condition_code' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id, condition_code
from emr_intermediate.int_conditions
where encounter_id is not null and condition_code is not null
group by encounter_id, condition_code
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_encounters' as model, 'int_encounters_unique_encounter_id' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id
from emr_intermediate.int_encounters
where encounter_id is not null
group by encounter_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_encounters' as model, 'int_encounters_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from emr_intermediate.int_encounters as child
where child.patient_id is not null
  and not exists (
    select 1 from emr_intermediate.int_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'int_medications' as model, 'int_medications_unique_encounter_id_medication_code' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_id, medication_code
from emr_intermediate.int_medications
where encounter_id is not null and medication_code is not null
group by encounter_id, medication_code
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_organizations' as model, 'int_organizations_unique_organization_id' as assertion, 'error' as severity, count(*) as failures
from (
select organization_id
from emr_intermediate.int_organizations
where organization_id is not null
group by organization_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_patients' as model, 'int_patients_unique_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select patient_id
from emr_intermediate.int_patients
where patient_id is not null
group by patient_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'int_providers' as model, 'int_providers_unique_provider_id' as assertion, 'error' as severity, count(*) as failures
from (
select provider_id
from emr_intermediate.int_providers
where provider_id is not null
group by provider_id
having count(*) > 1
) as failed
having count(*) > 0;

select 'prescriptions' as model, 'prescriptions_references_patient_id' as assertion, 'error' as severity, count(*) as failures
from (
select child.patient_id
from emr_marts.prescriptions as child
where child.patient_id is not null
  and not exists (
    select 1 from emr_intermediate.int_patients as parent where parent.patient_id = child.patient_id
  )
) as failed
having count(*) > 0;

select 'stg_encounters' as model, 'stg_encounters_one_of_encounter_class' as assertion, 'error' as severity, count(*) as failures
from (
select encounter_class
from emr_staging.stg_encounters
where encounter_class not in ('ambulatory', 'wellness', 'outpatient', 'urgentcare', 'emergency', 'inpatient')
) as failed
having count(*) > 0;

select 'stg_patients' as model, 'stg_patients_one_of_gender' as assertion, 'error' as severity, count(*) as failures
from (
select gender
from emr_staging.stg_patients
where gender not in ('F', 'M')
) as failed
having count(*) > 0;
