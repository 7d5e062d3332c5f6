{{ config(materialized='incremental', unique_key='id', schema='stg') }}
select
    id,
    resource ->> 'gender' as gender,
    (resource ->> 'birthDate')::date as birth_date,
    resource #>> '{name,0,family}' as family,
    _airbyte_extracted_at as loaded_at
from airbyte.patient
{% if is_incremental() %}
where _airbyte_extracted_at > (select max(loaded_at) from {{ this }})
{% endif %}
