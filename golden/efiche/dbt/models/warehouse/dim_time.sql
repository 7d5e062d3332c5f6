-- One row per day: 1,095 from the first of January of the first year on, and more as far as there are encounters.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_time() }}'
  )
}}

select
    cast(to_char(day.day, 'YYYYMMDD') as integer) as time_key,
    cast(day.day as date) as day,
    cast(extract(year from day.day) as integer) as year,
    cast(extract(quarter from day.day) as integer) as quarter,
    cast(extract(month from day.day) as integer) as month,
    trim(to_char(day.day, 'Month')) as month_name,
    cast(extract(isodow from day.day) as integer) as day_of_week,
    extract(isodow from day.day) in (6, 7) as is_weekend
from (
    select
        cast(date_trunc('year', min(encounter_date)) as date) as first,
        cast(max(encounter_date) as date) as last
    from {{ source('operational', 'encounters') }} as encounters
) as seen
cross join lateral generate_series(cast(seen.first as timestamp), cast(greatest(seen.first + 1094, seen.last) as timestamp), interval '1 day') as day(day)
