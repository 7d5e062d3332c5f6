create schema if not exists stg;
create or replace view stg.patient as
select id, resource ->> 'gender' as gender, (resource ->> 'birthDate')::date as birth_date
from airbyte.patient;
