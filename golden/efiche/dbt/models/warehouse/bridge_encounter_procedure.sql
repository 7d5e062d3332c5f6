-- Encounters and what was done in them: one row per encounter and kind of procedure.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_bridge_encounter_procedure() }}'
  )
}}

select
    e.encounter_key,
    k.procedure_key,
    count(*) as times
from {{ source('operational', 'procedures') }} as p
inner join {{ ref('fact_encounters') }} as e on e.encounter_id = p.encounter_id
inner join {{ ref('dim_procedure') }} as k on k.code = p.code
group by e.encounter_key, k.procedure_key
