{{ config(materialized='table') }}
select
    id,
    family,
    birth_date,
    extract(year from birth_date) as birth_year,
    birth_date < date '1990-01-01' as before_1990,
    length(family) / 2.0 as half_length,
    jsonb_build_object('b', 1.50, 'a', gender) as detail,
    array[gender, null] as genders,
    loaded_at
from {{ ref('stg_patient') }}
