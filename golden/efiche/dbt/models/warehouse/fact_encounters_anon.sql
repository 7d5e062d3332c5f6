-- Encounters as researchers get them: the same tokens, the year and nothing of the day.
-- Written by pipec from governance.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_fact_encounters_anon() }}'
  )
}}

select
    pipec.hmac_token(cast(e.id as text), 'PSEUDONYM_KEY', 'research') as encounter_id,
    pipec.hmac_token(cast(e.patient_id as text), 'PSEUDONYM_KEY', 'research') as patient_id,
    f.facility_key,
    pipec.year_of(cast(e.encounter_date as date)) as year,
    e.encounter_type,
    f.num_procedures,
    f.num_diagnoses,
    f.has_report
from {{ source('operational', 'encounters') }} as e
inner join {{ ref('fact_encounters') }} as f on f.encounter_id = e.id
