-- One row per procedure.
-- Written by pipec from staging.pipe; change it there, not here.
{{
  config(
    materialized='view',
    schema='mytomorrows_stg',
    post_hook='{{ pipec_access_to_stg_procedures() }}'
  )
}}

select distinct on (procedure_id)
    procedure_id,
    encounter_id,
    code,
    description,
    base_cost,
    performed_on,
    loaded_at
from {{ source('raw', 'procedures') }} as procedures
order by procedure_id, loaded_at desc
