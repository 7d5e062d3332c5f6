-- mv_monthly_encounters: mv_monthly_encounters_unique_year_month
-- Written by pipec from the project `efiche`; change it there, not here.

select year, month
from {{ ref('mv_monthly_encounters') }}
where year is not null and month is not null
group by year, month
having count(*) > 1
