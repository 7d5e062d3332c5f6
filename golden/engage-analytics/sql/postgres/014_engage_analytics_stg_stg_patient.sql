-- One row per FHIR patient. The current name and phone, whatever order the server keeps them in.
-- Written by pipec from staging.pipe; change it there, not here.
-- Given the variable full_refresh, every row is made anew.
begin;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_patient'));
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_patient';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_patient';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_patient'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_patient');
end
$body$;
\if :{?full_refresh}
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('engage_analytics_stg.stg_patient'));
begin
    if not (stands like 'r%' and stands <> 'rpipec: filled by others') then
        if stands = 'rpipec: filled by others' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'engage_analytics_stg.stg_patient';
        elsif stands not like 'r%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'engage_analytics_stg.stg_patient';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    call engage_analytics_access.drop_upon(to_regclass('engage_analytics_stg.stg_patient'));
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'engage_analytics_stg.stg_patient');
end
$body$;
\endif
select to_regclass('engage_analytics_stg.stg_patient') is null as is_new \gset
create table if not exists engage_analytics_stg.stg_patient (
    id text not null,
    active boolean,
    gender text,
    birth_date date,
    deceased boolean not null,
    family text,
    given text,
    phone text,
    email text,
    street_address text,
    city text,
    state text,
    zip text,
    medicaid_number text,
    registration_date date,
    loaded_at timestamptz not null
);
\if :is_new
comment on table engage_analytics_stg.stg_patient is 'pipec: rows made under 07a08cb573d2fae0';
\endif
create temporary table pipec_new on commit drop as
with new_rows as (

select distinct on (id)
    id,
    cast(resource ->> 'active' as boolean) as active,
    resource ->> 'gender' as gender,
    pipec.fhir_date(resource ->> 'birthDate') as birth_date,
    coalesce(
        cast(resource ->> 'deceasedBoolean' as boolean),
        resource ->> 'deceasedDateTime' is not null
    ) as deceased,
    coalesce(
        jsonb_path_query_first(resource -> 'name', '$[*] ? (@."use" == "official")') ->> 'family',
        resource -> 'name' -> 0 ->> 'family'
    ) as family,
    coalesce(
        jsonb_path_query_first(resource -> 'name', '$[*] ? (@."use" == "official")') -> 'given' ->> 0,
        resource -> 'name' -> 0 -> 'given' ->> 0
    ) as given,
    coalesce(
        jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone" && @."use" == "mobile")') ->> 'value',
        jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "phone" && !(@."use" == "old"))') ->> 'value'
    ) as phone,
    jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "email")') ->> 'value' as email,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') -> 'line' ->> 0 as street_address,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') ->> 'city' as city,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') ->> 'state' as state,
    jsonb_path_query_first(resource -> 'address', '$[*] ? (!(@."use" == "old"))') ->> 'postalCode' as zip,
    jsonb_path_query_first(resource -> 'identifier', '$[*] ? (@."system" == "urn:engage:medicaid")') ->> 'value' as medicaid_number,
    pipec.fhir_date(jsonb_path_query_first(resource -> 'identifier', '$[*] ? (@."use" == "official")') -> 'period' ->> 'start') as registration_date,
    _airbyte_extracted_at as loaded_at
from airbyte.patient
order by id, _airbyte_extracted_at desc

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
where new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from engage_analytics_stg.stg_patient as old_rows), new_rows.loaded_at);
delete from engage_analytics_stg.stg_patient as old_rows using pipec_new where old_rows.id = pipec_new.id;
insert into engage_analytics_stg.stg_patient (id, active, gender, birth_date, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, loaded_at) select id, active, gender, birth_date, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, loaded_at from pipec_new;
alter table engage_analytics_stg.stg_patient owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_patient', 'pipec: rows made under 07a08cb573d2fae0', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_patient');
grant select (id, active, gender, birth_date, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, loaded_at) on table engage_analytics_stg.stg_patient to privacy_officer;
commit;
