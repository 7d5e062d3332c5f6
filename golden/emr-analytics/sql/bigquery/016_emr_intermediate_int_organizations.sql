-- Written by pipec from intermediate.pipe; change it there, not here.
create table if not exists emr_intermediate.int_organizations (
    organization_id string not null,
    organization_name string not null,
    city string not null,
    state string not null,
    zip string not null,
    ingested_at timestamp not null
);
merge into emr_intermediate.int_organizations as old_rows
using (

with new_rows as (

select
    organization_id,
    organization_name,
    city,
    state,
    zip,
    ingested_at
from emr_staging.stg_organizations as o
qualify row_number() over (
    partition by organization_id
    order by organization_id, ingested_at desc
) = 1
order by organization_id, ingested_at desc

)
select
    new_rows.organization_id,
    new_rows.organization_name,
    new_rows.city,
    new_rows.state,
    new_rows.zip,
    new_rows.ingested_at
from new_rows
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from emr_intermediate.int_organizations as old_rows), new_rows.ingested_at)

) as pipec_new
on old_rows.organization_id = pipec_new.organization_id
when matched then update set
    organization_name = pipec_new.organization_name,
    city = pipec_new.city,
    state = pipec_new.state,
    zip = pipec_new.zip,
    ingested_at = pipec_new.ingested_at
when not matched then insert (organization_id, organization_name, city, state, zip, ingested_at) values (organization_id, organization_name, city, state, zip, ingested_at);
