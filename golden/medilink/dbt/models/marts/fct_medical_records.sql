-- One row per record.
-- Written by pipec from marts.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='medilink_marts',
    post_hook='{{ pipec_access_to_fct_medical_records() }}'
  )
}}

select
    r.record_id,
    r.patient_id,
    r.facility_id,
    r.record_type,
    r.recorded_at,
    cast(r.recorded_at as date) as recorded_on,
    {{ run_date() }} - cast(r.recorded_at as date) as days_since_created,
    r.diagnosis,
    r.treatment,
    r.medications,
    r.notes,
    p.sex,
    p.dob,
    f.state,
    f.category
from {{ ref('medical_records') }} as r
inner join {{ ref('patients') }} as p on p.patient_id = r.patient_id
inner join {{ ref('facilities') }} as f on f.facility_id = r.facility_id
