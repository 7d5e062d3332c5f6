-- What the loading script takes next: five hundred staged images that nobody has processed, in the order they came.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='efiche_stg',
    post_hook='{{ pipec_access_to_padchest_next_batch() }}'
  )
}}

select
    image_id,
    study_id,
    study_date,
    projection,
    labels,
    report,
    loaded_at
from {{ source('operational', 'padchest_staging') }} as s
where not processed
order by loaded_at, image_id
limit 500
