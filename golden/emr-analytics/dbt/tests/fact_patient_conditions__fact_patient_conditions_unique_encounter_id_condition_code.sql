-- fact_patient_conditions: fact_patient_conditions_unique_encounter_id_condition_code
-- Written by pipec from the project `emr_analytics`; change it there, not here.

select encounter_id, condition_code
from {{ ref('fact_patient_conditions') }}
where encounter_id is not null and condition_code is not null
group by encounter_id, condition_code
having count(*) > 1
