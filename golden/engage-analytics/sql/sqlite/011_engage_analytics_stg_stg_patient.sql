-- One row per FHIR patient. The current name and phone, whatever order the server keeps them in.
-- Written by pipec from staging.pipe; change it there, not here.
begin;
create table if not exists "engage_analytics_stg.stg_patient" (
    id text,
    active integer,
    gender text,
    birth_date text,
    deceased integer,
    family text,
    given text,
    phone text,
    email text,
    street_address text,
    city text,
    state text,
    zip text,
    medicaid_number text,
    registration_date text,
    loaded_at text
);
drop table if exists temp.pipec_new;
create temporary table pipec_new as
with new_rows as (

select
    id,
    active,
    gender,
    birth_date,
    deceased,
    family,
    given,
    phone,
    email,
    street_address,
    city,
    state,
    zip,
    medicaid_number,
    registration_date,
    loaded_at
from (
    select
        id,
        pipec_to_boolean(pipec_json_text(resource -> '$.active')) as active,
        pipec_json_text(resource -> '$.gender') as gender,
        pipec_fhir_date(pipec_json_text(resource -> '$.birthDate')) as birth_date,
        coalesce(
            pipec_to_boolean(pipec_json_text(resource -> '$.deceasedBoolean')),
            pipec_json_text(resource -> '$.deceasedDateTime') is not null
        ) as deceased,
        coalesce(
            pipec_json_text(pipec_json_pick(resource -> '$.name', '[["use","official",false]]', 0) -> '$.family'),
            pipec_json_text(resource -> '$.name[0].family')
        ) as family,
        coalesce(
            pipec_json_text(pipec_json_pick(resource -> '$.name', '[["use","official",false]]', 0) -> '$.given[0]'),
            pipec_json_text(resource -> '$.name[0].given[0]')
        ) as given,
        coalesce(
            pipec_json_text(pipec_json_pick(resource -> '$.telecom', '[["system","phone",false],["use","mobile",false]]', 0) -> '$.value'),
            pipec_json_text(pipec_json_pick(resource -> '$.telecom', '[["system","phone",false],["use","old",true]]', 0) -> '$.value')
        ) as phone,
        pipec_json_text(pipec_json_pick(resource -> '$.telecom', '[["system","email",false]]', 0) -> '$.value') as email,
        pipec_json_text(pipec_json_pick(resource -> '$.address', '[["use","old",true]]', 0) -> '$.line[0]') as street_address,
        pipec_json_text(pipec_json_pick(resource -> '$.address', '[["use","old",true]]', 0) -> '$.city') as city,
        pipec_json_text(pipec_json_pick(resource -> '$.address', '[["use","old",true]]', 0) -> '$.state') as state,
        pipec_json_text(pipec_json_pick(resource -> '$.address', '[["use","old",true]]', 0) -> '$.postalCode') as zip,
        pipec_json_text(pipec_json_pick(resource -> '$.identifier', '[["system","urn:engage:medicaid",false]]', 0) -> '$.value') as medicaid_number,
        pipec_fhir_date(pipec_json_text(pipec_json_pick(resource -> '$.identifier', '[["use","official",false]]', 0) -> '$.period.start')) as registration_date,
        _airbyte_extracted_at as loaded_at,
        row_number() over (partition by id order by id, _airbyte_extracted_at desc) as pipec_rank,
        row_number() over (order by id, _airbyte_extracted_at desc) as pipec_position
    from "airbyte.patient"
) as pipec_ranked
where pipec_rank = 1
order by pipec_position

)
select
    new_rows.id,
    new_rows.active,
    new_rows.gender,
    new_rows.birth_date,
    new_rows.deceased,
    new_rows.family,
    new_rows.given,
    new_rows.phone,
    new_rows.email,
    new_rows.street_address,
    new_rows.city,
    new_rows.state,
    new_rows.zip,
    new_rows.medicaid_number,
    new_rows.registration_date,
    new_rows.loaded_at
from new_rows
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from "engage_analytics_stg.stg_patient" as old_rows), new_rows.loaded_at);
delete from "engage_analytics_stg.stg_patient" where exists (select 1 from pipec_new where "engage_analytics_stg.stg_patient".id = pipec_new.id);
insert into "engage_analytics_stg.stg_patient" (id, active, gender, birth_date, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, loaded_at) select id, active, gender, birth_date, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, loaded_at from pipec_new;
drop table temp.pipec_new;
commit;
