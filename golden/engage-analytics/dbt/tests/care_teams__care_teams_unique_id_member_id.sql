-- care_teams: care_teams_unique_id_member_id
-- Written by pipec from the project `engage_analytics`; change it there, not here.

select id, member_id
from {{ ref('care_teams') }}
where id is not null and member_id is not null
group by id, member_id
having count(*) > 1
