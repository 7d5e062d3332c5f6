-- stg_procedures: stg_procedures_between_performed_on
-- Written by pipec from the project `mytomorrows`; change it there, not here.
{{ config(severity='warn') }}

select performed_on
from {{ ref('stg_procedures') }}
where performed_on not between '2024-07-01' and '2030-12-31'
