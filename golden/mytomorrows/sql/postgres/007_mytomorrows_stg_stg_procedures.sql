-- One row per procedure.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists mytomorrows_stg.stg_procedures cascade;
create view mytomorrows_stg.stg_procedures as
select distinct on (procedure_id)
    procedure_id,
    encounter_id,
    code,
    description,
    base_cost,
    performed_on,
    loaded_at
from raw.procedures
order by procedure_id, loaded_at desc;
call mytomorrows_access.reset('mytomorrows_stg.stg_procedures');
commit;
