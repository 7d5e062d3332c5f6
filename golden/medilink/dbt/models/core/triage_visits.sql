-- Triage visits of registered patients, with a level from 1 to 5.
-- Written by pipec from core.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='medilink_core',
    unique_key=['patient_id', 'visited_at'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, 'e6cd929557927c3c') }}", '{{ pipec_access_to_triage_visits() }}']
  )
}}

with new_rows as (

with latest as (
    select distinct on (p.patient_id, v.visited_at)
        p.patient_id,
        f.facility_id,
        v.visited_at,
        v.triage_level,
        v.priority,
        v.conditions,
        v.condition_count,
        v.recommendation_count,
        v.batch_id,
        v.line,
        v.loaded_at
    from {{ ref('stg_triage_visits') }} as v
    inner join {{ ref('facilities') }} as f
        on f.name = v.facility_name
        and f.state = v.facility_state
        and f.lga = v.facility_lga
    inner join {{ ref('patients') }} as p
        on p.facility_id = f.facility_id
        and p.first_name = v.first_name
        and p.last_name = v.last_name
        and p.dob = v.dob
    where v.triage_level between 1 and 5
    order by p.patient_id, v.visited_at, v.batch_id desc, v.line desc
)

select
    row_number() over (order by batch_id, line) as visit_id,
    patient_id,
    facility_id,
    visited_at,
    triage_level,
    priority,
    conditions,
    condition_count,
    recommendation_count,
    batch_id,
    loaded_at
from latest as v

)

select
    {% if is_incremental() %}coalesce(kept_rows.visit_id, (select coalesce(max(old_rows.visit_id), 0) from {{ this }} as old_rows) + new_rows.visit_id) as visit_id{% else %}new_rows.visit_id{% endif %},
    new_rows.patient_id,
    new_rows.facility_id,
    new_rows.visited_at,
    new_rows.triage_level,
    new_rows.priority,
    new_rows.conditions,
    new_rows.condition_count,
    new_rows.recommendation_count,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
left join {{ this }} as kept_rows on kept_rows.patient_id = new_rows.patient_id and kept_rows.visited_at = new_rows.visited_at
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from {{ this }} as old_rows), new_rows.batch_id)
{% endif %}
