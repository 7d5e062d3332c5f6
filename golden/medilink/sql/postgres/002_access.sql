-- Who may reach what: roles and their schemas. What they may do with a table is said where it is made.
-- Written by pipec from the project `medilink`; change it there, not here.
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'medilink_owner') then
        create role medilink_owner nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'api_reader') then
        create role api_reader nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'clinician') then
        create role clinician nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'researcher') then
        create role researcher nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
declare
    reader name;
begin
    if exists (select 1 from pg_catalog.pg_roles where rolname = 'medilink_owner' and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception 'pipec: role medilink_owner owns the tables, and may neither log in nor pass row-level security by';
    end if;
    foreach reader in array array['api_reader', 'clinician', 'researcher']::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, 'medilink_owner', 'member') then
            raise exception 'pipec: role % reads, and may not be a member of the owner', reader;
        end if;
    end loop;
    if not pg_catalog.pg_has_role(current_user, 'medilink_owner', 'usage') then
        execute pg_catalog.format('grant %I to current_user', 'medilink_owner');
    end if;
end
$body$;
create schema if not exists medilink_access;
revoke all on schema medilink_access from public;
grant usage, create on schema medilink_access to medilink_owner;
create or replace procedure medilink_access.reset(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    for found in
        select distinct given.grantee, c.relowner
        from pg_class as c
        cross join lateral (
            select (aclexplode(c.relacl)).grantee
            union
            select (aclexplode(a.attacl)).grantee from pg_attribute as a where a.attrelid = c.oid and a.attacl is not null
        ) as given
        where c.oid = relation and given.grantee <> c.relowner
    loop
        execute format(
            'revoke all on table %s from %s', relation, case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end
$body$;
revoke execute on procedure medilink_access.reset(regclass) from public;
create schema if not exists medilink_analytics;
revoke all on schema medilink_analytics from public;
grant usage, create on schema medilink_analytics to medilink_owner;
create schema if not exists medilink_clinical;
revoke all on schema medilink_clinical from public;
grant usage, create on schema medilink_clinical to medilink_owner;
create schema if not exists medilink_core;
revoke all on schema medilink_core from public;
grant usage, create on schema medilink_core to medilink_owner;
create schema if not exists medilink_marts;
revoke all on schema medilink_marts from public;
grant usage, create on schema medilink_marts to medilink_owner;
create schema if not exists medilink_staging;
revoke all on schema medilink_staging from public;
grant usage, create on schema medilink_staging to medilink_owner;
grant usage on schema medilink_analytics to api_reader;
grant usage on schema medilink_core to api_reader;
grant usage on schema medilink_analytics to clinician;
grant usage on schema medilink_clinical to clinician;
grant usage on schema medilink_core to clinician;
grant usage on schema medilink_marts to clinician;
grant usage on schema medilink_analytics to researcher;
grant usage on schema medilink_core to researcher;
