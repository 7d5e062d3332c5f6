-- triage_trends: triage_trends_unique_day_priority
-- Written by pipec from the project `medilink`; change it there, not here.

select day, priority
from {{ ref('triage_trends') }}
where day is not null and priority is not null
group by day, priority
having count(*) > 1
