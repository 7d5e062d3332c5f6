-- Inpatient stays, and whether the patient was admitted again within thirty days of leaving.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='emr_marts'
  )
}}

with stays as (
    select
        encounter_id,
        patient_id,
        organization_id,
        started_at,
        stopped_at,
        stay_days,
        lag(stopped_at) over (
            partition by patient_id
            order by started_at nulls last, encounter_id
        ) as previous_stopped_at
    from {{ ref('fact_patient_encounters') }} as e
    where
        is_inpatient
        and stopped_at is not null
)

select
    encounter_id,
    patient_id,
    organization_id,
    started_at,
    stopped_at,
    stay_days,
    previous_stopped_at,
    date_diff(cast(datetime(started_at, 'UTC') as date), cast(datetime(previous_stopped_at, 'UTC') as date), day) as days_since_discharge,
    coalesce(
        date_diff(cast(datetime(started_at, 'UTC') as date), cast(datetime(previous_stopped_at, 'UTC') as date), day) between 0 and 30,
        false
    ) as is_readmission
from stays as s
