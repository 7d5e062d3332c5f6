-- patients: check_1
-- Written by pipec from the project `efiche`; change it there, not here.

select
    1 as failure
from {{ source('operational', 'patients') }} as patients
where not (date_of_birth >= cast('1900-01-01' as date))
