-- How far the loading has come.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='efiche_stg',
    post_hook='{{ pipec_access_to_padchest_progress() }}'
  )
}}

select
    processed,
    count(*) as images,
    max(processed_at) as last_processed_at
from {{ source('operational', 'padchest_staging') }} as s
group by processed
