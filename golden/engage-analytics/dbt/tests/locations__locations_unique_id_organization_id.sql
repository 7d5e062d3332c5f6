-- locations: locations_unique_id_organization_id
-- Written by pipec from the project `engage_analytics`; change it there, not here.

select id, organization_id
from {{ ref('locations') }}
where id is not null and organization_id is not null
group by id, organization_id
having count(*) > 1
