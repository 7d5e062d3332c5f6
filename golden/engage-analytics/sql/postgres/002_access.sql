-- Who may reach what: roles and their schemas. What they may do with a table is said where it is made.
-- Written by pipec from the project `engage_analytics`; change it there, not here.
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'engage_analytics_owner') then
        create role engage_analytics_owner nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'analyst') then
        create role analyst nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'privacy_officer') then
        create role privacy_officer nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'reporting') then
        create role reporting nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
declare
    reader name;
begin
    if exists (select 1 from pg_catalog.pg_roles where rolname = 'engage_analytics_owner' and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception 'pipec: role engage_analytics_owner owns the tables, and may neither log in nor pass row-level security by';
    end if;
    foreach reader in array array['analyst', 'privacy_officer', 'reporting']::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, 'engage_analytics_owner', 'member') then
            raise exception 'pipec: role % reads, and may not be a member of the owner', reader;
        end if;
    end loop;
    if not pg_catalog.pg_has_role(current_user, 'engage_analytics_owner', 'usage') then
        execute pg_catalog.format('grant %I to current_user', 'engage_analytics_owner');
    end if;
end
$body$;
create schema if not exists engage_analytics_access;
revoke all on schema engage_analytics_access from public;
grant usage, create on schema engage_analytics_access to engage_analytics_owner;
create or replace procedure engage_analytics_access.reset(relation regclass)
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
revoke execute on procedure engage_analytics_access.reset(regclass) from public;
create schema if not exists engage_analytics_int;
revoke all on schema engage_analytics_int from public;
grant usage, create on schema engage_analytics_int to engage_analytics_owner;
create schema if not exists engage_analytics_mart;
revoke all on schema engage_analytics_mart from public;
grant usage, create on schema engage_analytics_mart to engage_analytics_owner;
create schema if not exists engage_analytics_stg;
revoke all on schema engage_analytics_stg from public;
grant usage, create on schema engage_analytics_stg to engage_analytics_owner;
grant usage on schema engage_analytics_mart to analyst;
grant usage on schema engage_analytics_int to privacy_officer;
grant usage on schema engage_analytics_mart to privacy_officer;
grant usage on schema engage_analytics_stg to privacy_officer;
grant usage on schema engage_analytics_mart to reporting;
