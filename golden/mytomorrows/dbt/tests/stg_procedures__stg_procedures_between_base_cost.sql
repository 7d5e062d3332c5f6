-- stg_procedures: stg_procedures_between_base_cost
-- Written by pipec from the project `mytomorrows`; change it there, not here.

select base_cost
from {{ ref('stg_procedures') }}
where base_cost not between 0 and 100000
