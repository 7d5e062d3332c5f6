-- bridge_encounter_diagnosis: bridge_encounter_diagnosis_unique_encounter_key_diagnosis_key
-- Written by pipec from the project `efiche`; change it there, not here.

select encounter_key, diagnosis_key
from {{ ref('bridge_encounter_diagnosis') }}
where encounter_key is not null and diagnosis_key is not null
group by encounter_key, diagnosis_key
having count(*) > 1
