-- stg_patients: stg_patients_matches_zip
-- Written by pipec from the project `mytomorrows`; change it there, not here.

select zip
from {{ ref('stg_patients') }}
where zip !~ '^[0-9]{5}(-[0-9]{4})?$'
