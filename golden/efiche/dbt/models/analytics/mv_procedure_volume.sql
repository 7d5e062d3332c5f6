-- Procedures per modality and month.
-- Written by pipec from analytics.pipe; change it there, not here.
{{
  config(
    materialized='materialized_view',
    schema='efiche_mart',
    meta={'pipec_definition': 'pipec: made of e495ef8ce72cd898'},
    indexes=[{'columns': ['modality', 'year', 'month'], 'unique': true}],
    post_hook=["comment on materialized view {{ this }} is 'pipec: made of e495ef8ce72cd898'", '{{ pipec_access_to_mv_procedure_volume() }}']
  )
}}

select
    k.modality,
    t.year,
    t.month,
    sum(b.times) as procedures
from {{ ref('bridge_encounter_procedure') }} as b
inner join {{ ref('fact_encounters') }} as e on e.encounter_key = b.encounter_key
inner join {{ ref('dim_procedure') }} as k on k.procedure_key = b.procedure_key
inner join {{ ref('dim_time') }} as t on t.time_key = e.time_key
group by k.modality, t.year, t.month
