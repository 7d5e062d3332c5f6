-- Encounters per month.
-- Written by pipec from analytics.pipe; change it there, not here.
begin;
drop table if exists "efiche_mart.mv_monthly_encounters";
create table "efiche_mart.mv_monthly_encounters" as
select
    t.year,
    t.month,
    t.month_name,
    count(*) as total_encounters,
    count(distinct e.patient_key) as unique_patients,
    pipec_round(avg(e.num_procedures), 2) as avg_procedures
from "efiche_dw.fact_encounters" as e
inner join "efiche_dw.dim_time" as t on t.time_key = e.time_key
group by t.year, t.month, t.month_name;
create unique index if not exists mv_monthly_encounters_year_month_idx on "efiche_mart.mv_monthly_encounters" (year, month);
commit;
