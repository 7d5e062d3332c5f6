-- Written by pipec from intermediate.pipe; change it there, not here.
create table if not exists emr_intermediate.int_providers (
    provider_id string not null,
    organization_id string not null,
    provider_name string not null,
    specialty string not null,
    ingested_at timestamp not null
);
merge into emr_intermediate.int_providers as old_rows
using (

with new_rows as (

select
    provider_id,
    organization_id,
    provider_name,
    specialty,
    ingested_at
from emr_staging.stg_providers as p
qualify row_number() over (partition by provider_id order by provider_id, ingested_at desc) = 1
order by provider_id, ingested_at desc

)
select
    new_rows.provider_id,
    new_rows.organization_id,
    new_rows.provider_name,
    new_rows.specialty,
    new_rows.ingested_at
from new_rows
where new_rows.ingested_at >= coalesce((select max(old_rows.ingested_at) from emr_intermediate.int_providers as old_rows), new_rows.ingested_at)

) as pipec_new
on old_rows.provider_id = pipec_new.provider_id
when matched then update set
    organization_id = pipec_new.organization_id,
    provider_name = pipec_new.provider_name,
    specialty = pipec_new.specialty,
    ingested_at = pipec_new.ingested_at
when not matched then insert (provider_id, organization_id, provider_name, specialty, ingested_at) values (provider_id, organization_id, provider_name, specialty, ingested_at);
