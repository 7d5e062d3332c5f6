-- How far the loading has come: what the application has processed, and what is taken in.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='efiche_stg',
    post_hook='{{ pipec_access_to_padchest_progress() }}'
  )
}}

select
    s.processed,
    count(*) as images,
    count(i.image_id) as taken,
    max(s.processed_at) as last_processed_at
from {{ source('operational', 'padchest_staging') }} as s
left join {{ ref('padchest_images') }} as i on i.image_id = s.image_id
group by s.processed
