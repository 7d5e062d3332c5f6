-- The role that the service of the API reception logs in as. It has no rights of its own and may take those of the API's role, for one transaction at a time.
-- Run once by an administrator, who gives it a way to log in: alter role … login password …
-- Written by pipec from the project `medilink`; change it there, not here.
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'receptionist') then
        create role receptionist nologin;
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'medilink_reception_api') then
        create role medilink_reception_api nologin noinherit;
    end if;
end
$body$;
alter role medilink_reception_api noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
grant receptionist to medilink_reception_api;
