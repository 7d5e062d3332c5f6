-- announced_visits: between_triage_level
-- Written by pipec from the project `medilink`; change it there, not here.

select triage_level
from {{ source('intake', 'announced_visits') }}
where triage_level not between 1 and 5
