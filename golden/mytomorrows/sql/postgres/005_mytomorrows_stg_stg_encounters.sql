-- One row per encounter.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists mytomorrows_stg.stg_encounters cascade;
create view mytomorrows_stg.stg_encounters as
select distinct on (encounter_id)
    encounter_id,
    patient_id,
    organization_id,
    payer_id,
    started_at,
    description,
    loaded_at
from raw.encounters
order by encounter_id, loaded_at desc;
call mytomorrows_access.reset('mytomorrows_stg.stg_encounters');
commit;
