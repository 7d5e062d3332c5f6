-- One row per procedure.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_stg.stg_procedures";
create view "mytomorrows_stg.stg_procedures" as
select
    procedure_id,
    encounter_id,
    code,
    description,
    base_cost,
    performed_on,
    loaded_at
from (
    select
        procedure_id,
        encounter_id,
        code,
        description,
        base_cost,
        performed_on,
        loaded_at,
        row_number() over (
            partition by procedure_id
            order by procedure_id, loaded_at desc
        ) as pipec_rank,
        row_number() over (order by procedure_id, loaded_at desc) as pipec_position
    from "raw.procedures"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position;
commit;
