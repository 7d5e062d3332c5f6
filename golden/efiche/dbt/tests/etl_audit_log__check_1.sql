-- etl_audit_log: check_1
-- Written by pipec from the project `efiche`; change it there, not here.

select
    1 as failure
from {{ source('operational', 'etl_audit_log') }} as etl_audit_log
where not (rows_read >= 0 and rows_written >= 0)
