-- client_months: client_months_unique_patient_id_period_date
-- Written by pipec from the project `engage_analytics`; change it there, not here.

select patient_id, period_date
from {{ ref('client_months') }}
where patient_id is not null and period_date is not null
group by patient_id, period_date
having count(*) > 1
