-- padchest_staging: check_1
-- Written by pipec from the project `efiche`; change it there, not here.

select
    1 as failure
from {{ source('operational', 'padchest_staging') }} as padchest_staging
where not (processed = (processed_at is not null))
