-- encounters: check_1
-- Written by pipec from the project `efiche`; change it there, not here.

select
    1 as failure
from {{ source('operational', 'encounters') }} as encounters
where not (source <> 'padchest' or source_id is not null)
