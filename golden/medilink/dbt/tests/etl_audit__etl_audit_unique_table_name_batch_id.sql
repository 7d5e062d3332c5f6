-- etl_audit: etl_audit_unique_table_name_batch_id
-- Written by pipec from the project `medilink`; change it there, not here.

select table_name, batch_id
from {{ ref('etl_audit') }}
where table_name is not null and batch_id is not null
group by table_name, batch_id
having count(*) > 1
