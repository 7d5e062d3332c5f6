-- Diagnoses per age group.
-- Written by pipec from analytics.pipe; change it there, not here.
{{
  config(
    materialized='materialized_view',
    schema='efiche_mart',
    meta={'pipec_definition': 'pipec: made of 2b1c28cbef193b6e'},
    indexes=[{'columns': ['age_group', 'code'], 'unique': true}],
    post_hook=["comment on materialized view {{ this }} is 'pipec: made of 2b1c28cbef193b6e'", '{{ pipec_access_to_mv_diagnosis_by_age_group() }}']
  )
}}

select
    p.age_group,
    d.code,
    d.description,
    count(*) as diagnosis_count,
    count(distinct e.patient_key) as patients
from {{ ref('bridge_encounter_diagnosis') }} as b
inner join {{ ref('fact_encounters') }} as e on e.encounter_key = b.encounter_key
inner join {{ ref('dim_patient') }} as p on p.patient_key = e.patient_key
inner join {{ ref('dim_diagnosis') }} as d on d.diagnosis_key = b.diagnosis_key
group by p.age_group, d.code, d.description
