-- Medications, RxNorm.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.dim_medications as
select
    medication_code,
    max(description) as description
from emr_staging.stg_medications as m
group by medication_code;
