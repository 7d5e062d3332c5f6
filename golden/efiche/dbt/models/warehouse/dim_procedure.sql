-- One row per kind of procedure that was ever performed.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_procedure() }}'
  )
}}

with kinds as (
    select distinct
        code,
        name,
        modality,
        body_part
    from {{ source('operational', 'procedures') }} as p
)

select
    row_number() over (order by code) as procedure_key,
    code,
    name,
    modality,
    body_part
from kinds as k
