-- fact_patient_medications: fact_patient_medications_unique_encounter_id_medication_code
-- Written by pipec from the project `emr_analytics`; change it there, not here.

select encounter_id, medication_code
from {{ ref('fact_patient_medications') }}
where encounter_id is not null and medication_code is not null
group by encounter_id, medication_code
having count(*) > 1
