-- dim_patient_history: dim_patient_history_unique_patient_id_valid_from
-- Written by pipec from the project `efiche`; change it there, not here.

select patient_id, valid_from
from {{ ref('dim_patient_history') }}
where patient_id is not null and valid_from is not null
group by patient_id, valid_from
having count(*) > 1
