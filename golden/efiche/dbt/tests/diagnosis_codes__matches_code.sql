-- diagnosis_codes: matches_code
-- Written by pipec from the project `efiche`; change it there, not here.

select code
from {{ source('operational', 'diagnosis_codes') }}
where code !~ '^[A-Z][0-9]'
