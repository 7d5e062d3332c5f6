-- One row per prescription, with who got it.
-- Written by pipec from metrics.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

select
    m.patient_id,
    m.organization_id,
    d.description as medication,
    cast(datetime(m.started_at, 'UTC') as date) as day
from {{ ref('fact_patient_medications') }} as m
inner join {{ ref('dim_medications') }} as d on d.medication_code = m.medication_code
