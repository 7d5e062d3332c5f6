-- One row per patient and month with an encounter: is it their first, was anything done, did somebody insure all of it?
-- Written by pipec from executive.pipe; change it there, not here.
begin;
drop view if exists "mytomorrows_int.patient_months";
create view "mytomorrows_int.patient_months" as
with months as (
    select
        e.patient_id,
        pipec_to_date(pipec_date_trunc('month', e.started_at)) as month,
        count(p.procedure_id) > 0 as is_treated,
        min(py.is_insurance) as is_insured
    from "mytomorrows_stg.stg_encounters" as e
    inner join "raw.payers" as py on py.payer_id = e.payer_id
    left join "mytomorrows_stg.stg_procedures" as p on p.encounter_id = e.encounter_id
    group by e.patient_id, pipec_date_trunc('month', e.started_at)
)

select
    patient_id,
    month,
    month = min(month) over (partition by patient_id) as is_new,
    not is_treated or not is_insured as is_missed
from months as m;
commit;
