-- Staged images, taken in five hundred at a time, in the order they came: each once, and for good. A build that is stopped in the middle goes on
-- where it was.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='incremental',
    schema='efiche_stg',
    unique_key=['image_id'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    pre_hook="{{ pipec_rows_before(this) }}",
    indexes=[{'columns': ['loaded_at']}],
    post_hook=["{{ pipec_rows_after(this, '80ed408a10f9da11') }}", '{{ pipec_access_to_padchest_images() }}']
  )
}}

with new_rows as (

select
    image_id,
    study_id,
    study_date,
    projection,
    trim(labels) as labels,
    report,
    loaded_at
from {{ source('operational', 'padchest_staging') }} as s
where not processed

)

select
    new_rows.image_id,
    new_rows.study_id,
    new_rows.study_date,
    new_rows.projection,
    new_rows.labels,
    new_rows.report,
    new_rows.loaded_at
from new_rows
{% if is_incremental() %}
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)
  and not exists (select 1 from {{ this }} as there where there.image_id = new_rows.image_id)
{% endif %}
