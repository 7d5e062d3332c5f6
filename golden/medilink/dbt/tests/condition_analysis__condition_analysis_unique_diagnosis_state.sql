-- condition_analysis: condition_analysis_unique_diagnosis_state
-- Written by pipec from the project `medilink`; change it there, not here.

select diagnosis, state
from {{ ref('condition_analysis') }}
where diagnosis is not null and state is not null
group by diagnosis, state
having count(*) > 1
