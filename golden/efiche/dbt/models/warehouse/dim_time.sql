-- One row per day: 1,095 from the first of January 2023.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_time() }}'
  )
}}

select
    cast(to_char(day, 'YYYYMMDD') as integer) as time_key,
    cast(day as date) as day,
    cast(extract(year from day) as integer) as year,
    cast(extract(quarter from day) as integer) as quarter,
    cast(extract(month from day) as integer) as month,
    trim(to_char(day, 'Month')) as month_name,
    cast(extract(isodow from day) as integer) as day_of_week,
    extract(isodow from day) in (6, 7) as is_weekend
from generate_series(cast(cast('2023-01-01' as date) as timestamp), cast(cast('2023-01-01' as date) + 1094 as timestamp), interval '1 day') as day(day)
