-- Facilities, by name and place.
-- Written by pipec from core.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='medilink_core',
    unique_key=['name', 'state', 'lga'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    post_hook=["{{ pipec_rows_after(this, '19a0fab43d8e230e') }}", '{{ pipec_access_to_facilities() }}']
  )
}}

with new_rows as (

with latest as (
    select distinct on (name, state, lga)
        batch_id,
        line,
        name,
        state,
        lga,
        lat,
        lon,
        category,
        type,
        loaded_at
    from {{ ref('stg_facilities') }} as f
    order by name, state, lga, batch_id desc, line desc
)

select
    row_number() over (order by batch_id, line) as facility_id,
    name,
    state,
    lga,
    lat,
    lon,
    category,
    type,
    batch_id,
    loaded_at
from latest as f

)

select
    {% if is_incremental() %}coalesce(kept_rows.facility_id, (select coalesce(max(old_rows.facility_id), 0) from {{ this }} as old_rows) + new_rows.facility_id) as facility_id{% else %}new_rows.facility_id{% endif %},
    new_rows.name,
    new_rows.state,
    new_rows.lga,
    new_rows.lat,
    new_rows.lon,
    new_rows.category,
    new_rows.type,
    new_rows.batch_id,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
left join {{ this }} as kept_rows on kept_rows.name = new_rows.name and kept_rows.state = new_rows.state and kept_rows.lga = new_rows.lga
where new_rows.batch_id >= coalesce((select max(old_rows.batch_id) from {{ this }} as old_rows), new_rows.batch_id)
{% endif %}
