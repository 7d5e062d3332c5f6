-- Written by pipec from staging.pipe; change it there, not here.
create or replace view emr_staging.stg_organizations as
select
    id as organization_id,
    name as organization_name,
    city,
    state,
    zip,
    ingested_at
from emr_raw.organizations as o;
