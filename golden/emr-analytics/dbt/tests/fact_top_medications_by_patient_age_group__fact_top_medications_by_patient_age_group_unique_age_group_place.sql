-- fact_top_medications_by_patient_age_group: fact_top_medications_by_patient_age_group_unique_age_group_place
-- Written by pipec from the project `emr_analytics`; change it there, not here.

select age_group, place
from {{ ref('fact_top_medications_by_patient_age_group') }}
where age_group is not null and place is not null
group by age_group, place
having count(*) > 1
