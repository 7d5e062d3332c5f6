-- bridge_encounter_procedure: bridge_encounter_procedure_unique_encounter_key_procedure_key
-- Written by pipec from the project `efiche`; change it there, not here.

select encounter_key, procedure_key
from {{ ref('bridge_encounter_procedure') }}
where encounter_key is not null and procedure_key is not null
group by encounter_key, procedure_key
having count(*) > 1
