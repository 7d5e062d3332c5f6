-- Conditions, SNOMED CT.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.dim_conditions as
select
    condition_code,
    max(description) as description
from emr_staging.stg_conditions as c
group by condition_code;
