-- patients: patients_unique_facility_id_first_name_last_name_dob
-- Written by pipec from the project `medilink`; change it there, not here.

select facility_id, first_name, last_name, dob
from {{ ref('patients') }}
where facility_id is not null and first_name is not null and last_name is not null and dob is not null
group by facility_id, first_name, last_name, dob
having count(*) > 1
