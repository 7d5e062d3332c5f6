-- fct_patients_trailing: fct_patients_trailing_unique_specialty_procedure_type_day
-- Written by pipec from the project `mytomorrows`; change it there, not here.

select specialty, procedure_type, day
from {{ ref('fct_patients_trailing') }}
where specialty is not null and procedure_type is not null and day is not null
group by specialty, procedure_type, day
having count(*) > 1
