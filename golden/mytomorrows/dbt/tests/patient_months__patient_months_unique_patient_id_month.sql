-- patient_months: patient_months_unique_patient_id_month
-- Written by pipec from the project `mytomorrows`; change it there, not here.

select patient_id, month
from {{ ref('patient_months') }}
where patient_id is not null and month is not null
group by patient_id, month
having count(*) > 1
