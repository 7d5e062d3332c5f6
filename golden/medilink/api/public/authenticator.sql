-- The role that the service of the API public logs in as. It has no rights of its own and may take those of the API's role, for one transaction at a time.
-- Run once by an administrator, who gives it a way to log in: alter role … login password …
-- Written by pipec from the project `medilink`; change it there, not here.
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'api_reader') then
        create role api_reader nologin;
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'medilink_public_api') then
        create role medilink_public_api nologin noinherit;
    end if;
end
$body$;
alter role medilink_public_api noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
grant api_reader to medilink_public_api;
