-- Written by pipec from staging.pipe; change it there, not here.
create or replace view emr_staging.stg_providers as
select
    id as provider_id,
    organization as organization_id,
    name as provider_name,
    speciality as specialty,
    ingested_at
from emr_raw.providers as p;
