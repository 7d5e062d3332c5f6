-- One row per patient, with the age group on the first day of the year.
-- Written by pipec from warehouse.pipe; change it there, not here.
{{
  config(
    materialized='table',
    schema='efiche_dw',
    post_hook='{{ pipec_access_to_dim_patient() }}'
  )
}}

select
    row_number() over (order by id) as patient_key,
    id as patient_id,
    sex,
    district,
    date_of_birth,
    pipec.age_years(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 90) as age,
    case
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 90)
        <= 18 then '0-18'
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 90)
        <= 35 then '19-35'
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 90)
        <= 50 then '36-50'
        when pipec.age_years(date_of_birth, cast(date_trunc('year', cast({{ run_date() }} as timestamp)) as date), 90)
        <= 70 then '51-70'
        else '71+'
    end as age_group
from {{ source('operational', 'patients') }} as p
