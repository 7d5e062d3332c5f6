-- One row per day: 1,095 from the first of January of the first year on, and more as far as there are encounters.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_time";
create table "efiche_dw.dim_time" as
select
    pipec_to_integer(pipec_to_char(day.value, 'YYYYMMDD')) as time_key,
    pipec_to_date(day.value) as day,
    pipec_to_integer(pipec_extract('year', day.value)) as year,
    pipec_to_integer(pipec_extract('quarter', day.value)) as quarter,
    pipec_to_integer(pipec_extract('month', day.value)) as month,
    trim(pipec_to_char(day.value, 'Month')) as month_name,
    pipec_to_integer(pipec_extract('isodow', day.value)) as day_of_week,
    pipec_extract('isodow', day.value) in (6, 7) as is_weekend
from (
    select
        pipec_to_date(pipec_date_trunc('year', min(encounter_date))) as first,
        pipec_to_date(max(encounter_date)) as last
    from "operational.encounters"
) as seen
cross join json_each(pipec_moment_series(pipec_to_timestamp(seen.first), pipec_to_timestamp(pipec_greatest(
    pipec_date_add(seen.first, 1094),
    seen.last
)), '1 day')) as day;
commit;
