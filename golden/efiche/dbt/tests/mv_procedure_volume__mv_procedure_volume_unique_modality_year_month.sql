-- mv_procedure_volume: mv_procedure_volume_unique_modality_year_month
-- Written by pipec from the project `efiche`; change it there, not here.

select modality, year, month
from {{ ref('mv_procedure_volume') }}
where modality is not null and year is not null and month is not null
group by modality, year, month
having count(*) > 1
