-- Patients, by name, day of birth and the facility where they are registered. Without either they are rejected.
-- Written by pipec from core.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='medilink_core',
    unique_key=['facility_id', 'first_name', 'last_name', 'dob'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, 'c38bbb154aa87ca4') }}", '{{ pipec_access_to_patients() }}']
  )
}}

with new_rows as (

with latest as (
    select distinct on (f.facility_id, p.first_name, p.last_name, p.dob)
        f.facility_id,
        p.batch_id,
        p.line,
        p.facility_name,
        p.facility_state,
        p.facility_lga,
        p.first_name,
        p.last_name,
        p.sex,
        p.dob,
        p.phone,
        p.loaded_at
    from {{ ref('stg_patients') }} as p
    inner join {{ ref('facilities') }} as f
        on f.name = p.facility_name
        and f.state = p.facility_state
        and f.lga = p.facility_lga
    where p.dob is not null
    order by f.facility_id, p.first_name, p.last_name, p.dob, p.batch_id desc, p.line desc
)

select
    row_number() over (order by batch_id, line) as patient_id,
    facility_id,
    first_name,
    last_name,
    sex,
    dob,
    phone,
    batch_id,
    loaded_at
from latest as p

)

select
    {% if is_incremental() %}coalesce(kept_rows.patient_id, (select coalesce(max(old_rows.patient_id), 0) from {{ this }} as old_rows) + new_rows.patient_id) as patient_id{% else %}new_rows.patient_id{% endif %},
    new_rows.facility_id,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.sex,
    new_rows.dob,
    new_rows.phone,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
left join {{ this }} as kept_rows on kept_rows.facility_id = new_rows.facility_id and kept_rows.first_name = new_rows.first_name and kept_rows.last_name = new_rows.last_name and kept_rows.dob = new_rows.dob
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from {{ this }} as old_rows), new_rows.batch_id)
{% endif %}
