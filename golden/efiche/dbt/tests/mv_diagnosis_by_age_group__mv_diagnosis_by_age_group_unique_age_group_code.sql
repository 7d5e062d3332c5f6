-- mv_diagnosis_by_age_group: mv_diagnosis_by_age_group_unique_age_group_code
-- Written by pipec from the project `efiche`; change it there, not here.

select age_group, code
from {{ ref('mv_diagnosis_by_age_group') }}
where age_group is not null and code is not null
group by age_group, code
having count(*) > 1
