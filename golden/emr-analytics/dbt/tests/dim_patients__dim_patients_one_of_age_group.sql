-- dim_patients: dim_patients_one_of_age_group
-- Written by pipec from the project `emr_analytics`; change it there, not here.

select age_group
from {{ ref('dim_patients') }}
where age_group not in ('0-17', '18-34', '35-49', '50-64', '65+')
