-- Facilities.
-- Written by pipec from marts.pipe; change it there, not here.
create or replace table emr_marts.dim_organizations as
select
    organization_id,
    organization_name,
    city,
    state,
    zip
from emr_intermediate.int_organizations as o;
