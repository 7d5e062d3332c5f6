-- Encounters per month.
-- Written by pipec from analytics.pipe; change it there, not here.
{{
  config(
    materialized='materialized_view',
    schema='efiche_mart',
    meta={'pipec_definition': 'pipec: made of cf655b97bd503a4b'},
    indexes=[{'columns': ['year', 'month'], 'unique': true}],
    post_hook=["comment on materialized view {{ this }} is 'pipec: made of cf655b97bd503a4b'", '{{ pipec_access_to_mv_monthly_encounters() }}']
  )
}}

select
    t.year,
    t.month,
    t.month_name,
    count(*) as total_encounters,
    count(distinct e.patient_key) as unique_patients,
    round(avg(e.num_procedures), 2) as avg_procedures
from {{ ref('fact_encounters') }} as e
inner join {{ ref('dim_time') }} as t on t.time_key = e.time_key
group by t.year, t.month, t.month_name
