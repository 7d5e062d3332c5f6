-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='medilink_staging',
    post_hook='{{ pipec_access_to_stg_medical_records() }}'
  )
}}

select
    batch_id,
    line,
    trim(facility_name) as facility_name,
    upper(trim(facility_state)) as facility_state,
    trim(facility_lga) as facility_lga,
    trim(first_name) as first_name,
    trim(last_name) as last_name,
    dob,
    record_type,
    recorded_at,
    data ->> 'diagnosis' as diagnosis,
    data ->> 'treatment' as treatment,
    data ->> 'medications' as medications,
    data ->> 'notes' as notes,
    loaded_at
from {{ source('landing', 'medical_records') }} as r
