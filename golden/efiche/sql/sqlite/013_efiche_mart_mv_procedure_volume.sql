-- Procedures per modality and month.
-- Written by pipec from analytics.pipe; change it there, not here.
begin;
drop table if exists "efiche_mart.mv_procedure_volume";
create table "efiche_mart.mv_procedure_volume" as
select
    k.modality,
    t.year,
    t.month,
    sum(b.times) as procedures
from "efiche_dw.bridge_encounter_procedure" as b
inner join "efiche_dw.fact_encounters" as e on e.encounter_key = b.encounter_key
inner join "efiche_dw.dim_procedure" as k on k.procedure_key = b.procedure_key
inner join "efiche_dw.dim_time" as t on t.time_key = e.time_key
group by k.modality, t.year, t.month;
create unique index if not exists mv_procedure_volume_modality_year_month_idx on "efiche_mart.mv_procedure_volume" (modality, year, month);
commit;
