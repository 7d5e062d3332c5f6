-- diagnoses: unique_encounter_id_code
-- Written by pipec from the project `efiche`; change it there, not here.

select encounter_id, code
from {{ source('operational', 'diagnoses') }}
where encounter_id is not null and code is not null
group by encounter_id, code
having count(*) > 1
