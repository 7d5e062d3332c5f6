-- Encounters and what they came to.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_bridge_encounter_diagnosis() }}'
  )
}}

select
    e.encounter_key,
    k.diagnosis_key,
    d.is_primary
from {{ source('operational', 'diagnoses') }} as d
inner join {{ ref('fact_encounters') }} as e on e.encounter_id = d.encounter_id
inner join {{ ref('dim_diagnosis') }} as k on k.code = d.code
