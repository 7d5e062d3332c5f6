-- fact_patient_encounters_by_month: fact_patient_encounters_by_month_unique_month_organization_id_specialty_encounter_class
-- Written by pipec from the project `emr_analytics`; change it there, not here.

select month, organization_id, specialty, encounter_class
from {{ ref('fact_patient_encounters_by_month') }}
where month is not null and organization_id is not null and specialty is not null and encounter_class is not null
group by month, organization_id, specialty, encounter_class
having count(*) > 1
