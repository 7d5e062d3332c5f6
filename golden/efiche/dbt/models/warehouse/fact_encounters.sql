-- One row per encounter: what happened in it, counted.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_fact_encounters() }}'
  )
}}

with procedure_counts as (
    select
        encounter_id,
        count(*) as n
    from {{ source('operational', 'procedures') }} as p
    group by encounter_id
),

diagnosis_counts as (
    select
        encounter_id,
        count(*) as n
    from {{ source('operational', 'diagnoses') }} as d
    group by encounter_id
),

report_counts as (
    select
        encounter_id,
        count(*) as n
    from {{ source('operational', 'reports') }} as r
    group by encounter_id
)

select
    row_number() over (order by e.id) as encounter_key,
    e.id as encounter_id,
    p.patient_key,
    f.facility_key,
    cast(to_char(e.encounter_date, 'YYYYMMDD') as integer) as time_key,
    e.encounter_type,
    coalesce(pc.n, 0) as num_procedures,
    coalesce(dc.n, 0) as num_diagnoses,
    coalesce(rc.n, 0) > 0 as has_report
from {{ source('operational', 'encounters') }} as e
inner join {{ ref('dim_patient') }} as p on p.patient_id = e.patient_id
inner join {{ ref('dim_facility') }} as f on f.facility_id = e.facility_id
left join procedure_counts as pc on pc.encounter_id = e.id
left join diagnosis_counts as dc on dc.encounter_id = e.id
left join report_counts as rc on rc.encounter_id = e.id
