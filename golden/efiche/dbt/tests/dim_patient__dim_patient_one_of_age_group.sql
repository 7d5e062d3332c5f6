-- dim_patient: dim_patient_one_of_age_group
-- Written by pipec from the project `efiche`; change it there, not here.

select age_group
from {{ ref('dim_patient') }}
where age_group not in ('0-18', '19-35', '36-50', '51-70', '71+')
