-- What patients were called, and where they lived and could be reached, day by day: a changed row is a new version.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='efiche_dw',
    unique_key=['patient_id', 'valid_from'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    indexes=[{'columns': ['valid_from', 'valid_to']}],
    post_hook=["{{ pipec_rows_after(this, '2e8125b8cda0a8b1') }}", '{{ pipec_access_to_dim_patient_history() }}']
  )
}}

{% if is_incremental() %}
with new_rows as (

select
    id as patient_id,
    first_name,
    last_name,
    district,
    phone,
    {{ run_date() }} as valid_from,
    cast(null as date) as valid_to
from {{ source('operational', 'patients') }} as p

),
old_rows as (
    select * from {{ this }} as versions where versions.valid_to is null
)
select
    new_rows.patient_id,
    new_rows.first_name,
    new_rows.last_name,
    new_rows.district,
    new_rows.phone,
    new_rows.valid_from,
    new_rows.valid_to
from new_rows
left join old_rows on old_rows.patient_id = new_rows.patient_id
where old_rows.patient_id is null
   or (old_rows.valid_from <= {{ run_date() }} and (
        old_rows.first_name is distinct from new_rows.first_name
        or old_rows.last_name is distinct from new_rows.last_name
        or old_rows.district is distinct from new_rows.district
        or old_rows.phone is distinct from new_rows.phone
    ))
union all
select
    old_rows.patient_id,
    old_rows.first_name,
    old_rows.last_name,
    old_rows.district,
    old_rows.phone,
    old_rows.valid_from,
    {{ run_date() }} as valid_to
from old_rows
left join new_rows on old_rows.patient_id = new_rows.patient_id
where (old_rows.valid_from <= {{ run_date() }} and new_rows.patient_id is null)
   or (old_rows.valid_from < {{ run_date() }} and (
        old_rows.first_name is distinct from new_rows.first_name
        or old_rows.last_name is distinct from new_rows.last_name
        or old_rows.district is distinct from new_rows.district
        or old_rows.phone is distinct from new_rows.phone
    ))
{% else %}
select
    id as patient_id,
    first_name,
    last_name,
    district,
    phone,
    {{ run_date() }} as valid_from,
    cast(null as date) as valid_to
from {{ source('operational', 'patients') }} as p
{% endif %}
