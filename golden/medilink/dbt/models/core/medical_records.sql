-- Records of registered patients.
-- Written by pipec from core.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='medilink_core',
    unique_key=['patient_id', 'record_type', 'recorded_at'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, 'c2a79ac50f503990') }}", '{{ pipec_access_to_medical_records() }}']
  )
}}

with new_rows as (

with latest as (
    select distinct on (p.patient_id, r.record_type, r.recorded_at)
        p.patient_id,
        f.facility_id,
        r.record_type,
        r.recorded_at,
        r.diagnosis,
        r.treatment,
        r.medications,
        r.notes,
        r.batch_id,
        r.line,
        r.loaded_at
    from {{ ref('stg_medical_records') }} as r
    inner join {{ ref('facilities') }} as f
        on f.name = r.facility_name
        and f.state = r.facility_state
        and f.lga = r.facility_lga
    inner join {{ ref('patients') }} as p
        on p.facility_id = f.facility_id
        and p.first_name = r.first_name
        and p.last_name = r.last_name
        and p.dob = r.dob
    order by p.patient_id, r.record_type, r.recorded_at, r.batch_id desc, r.line desc
)

select
    row_number() over (order by batch_id, line) as record_id,
    patient_id,
    facility_id,
    record_type,
    recorded_at,
    diagnosis,
    treatment,
    medications,
    notes,
    batch_id,
    loaded_at
from latest as r

)

select
    {% if is_incremental() %}coalesce(kept_rows.record_id, (select coalesce(max(old_rows.record_id), 0) from {{ this }} as old_rows) + new_rows.record_id) as record_id{% else %}new_rows.record_id{% endif %},
    new_rows.patient_id,
    new_rows.facility_id,
    new_rows.record_type,
    new_rows.recorded_at,
    new_rows.diagnosis,
    new_rows.treatment,
    new_rows.medications,
    new_rows.notes,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
left join {{ this }} as kept_rows on kept_rows.patient_id = new_rows.patient_id and kept_rows.record_type = new_rows.record_type and kept_rows.recorded_at = new_rows.recorded_at
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from {{ this }} as old_rows), new_rows.batch_id)
{% endif %}
