-- One row per day: 1,095 from the first of January 2023.
-- Written by pipec from warehouse.pipe; change it there, not here.
begin;
drop table if exists "efiche_dw.dim_time";
create table "efiche_dw.dim_time" as
select
    pipec_to_integer(pipec_to_char(value, 'YYYYMMDD')) as time_key,
    pipec_to_date(value) as day,
    pipec_to_integer(pipec_extract('year', value)) as year,
    pipec_to_integer(pipec_extract('quarter', value)) as quarter,
    pipec_to_integer(pipec_extract('month', value)) as month,
    trim(pipec_to_char(value, 'Month')) as month_name,
    pipec_to_integer(pipec_extract('isodow', value)) as day_of_week,
    pipec_extract('isodow', value) in (6, 7) as is_weekend
from json_each(pipec_moment_series(pipec_to_timestamp(pipec_to_date('2023-01-01')), pipec_to_timestamp(pipec_date_add(pipec_to_date('2023-01-01'), 1094)), '1 day')) as day;
commit;
