-- One row per encounter.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_stg.stg_encounters";
create view "mytomorrows_stg.stg_encounters" as
select
    encounter_id,
    patient_id,
    organization_id,
    payer_id,
    started_at,
    description,
    loaded_at
from (
    select
        encounter_id,
        patient_id,
        organization_id,
        payer_id,
        started_at,
        description,
        loaded_at,
        row_number() over (
            partition by encounter_id
            order by encounter_id, loaded_at desc
        ) as pipec_rank,
        row_number() over (order by encounter_id, loaded_at desc) as pipec_position
    from "raw.encounters"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
