-- triage_visits: triage_visits_between_triage_level
-- Written by pipec from the project `medilink`; change it there, not here.

select triage_level
from {{ ref('triage_visits') }}
where triage_level not between 1 and 5
