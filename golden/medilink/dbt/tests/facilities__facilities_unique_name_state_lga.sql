-- facilities: facilities_unique_name_state_lga
-- Written by pipec from the project `medilink`; change it there, not here.

select name, state, lga
from {{ ref('facilities') }}
where name is not null and state is not null and lga is not null
group by name, state, lga
having count(*) > 1
