-- Who may reach what: roles and their schemas. What they may do with a table is said where it is made.
-- Written by pipec from the project `mytomorrows`; change it there, not here.
begin;
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec access of mytomorrows', 0));
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'mytomorrows_owner') then
        create role mytomorrows_owner nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'client_humana') then
        create role client_humana nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'client_uhc') then
        create role client_uhc nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'executive') then
        create role executive nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'finance') then
        create role finance nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'hospital_staff') then
        create role hospital_staff nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'mytomorrows_exporter') then
        create role mytomorrows_exporter nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'mytomorrows_tableau') then
        create role mytomorrows_tableau nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'program_manager') then
        create role program_manager nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'staff') then
        create role staff nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
declare
    reader name;
begin
    if exists (select 1 from pg_catalog.pg_roles where rolname = 'mytomorrows_owner' and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception 'pipec: role mytomorrows_owner owns the tables, and may neither log in nor pass row-level security by';
    end if;
    foreach reader in array array['client_humana', 'client_uhc', 'executive', 'finance', 'hospital_staff', 'mytomorrows_exporter', 'mytomorrows_tableau', 'program_manager', 'staff']::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, 'mytomorrows_owner', 'member') then
            raise exception 'pipec: role % reads, and may not be a member of the owner', reader;
        end if;
        if exists (
            select 1 from pg_catalog.pg_class as c
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = 'pipec_secret' and c.relkind = 'r' and pg_catalog.has_schema_privilege(reader, n.oid, 'usage')
                and pg_catalog.has_any_column_privilege(reader, c.oid, 'select')
        ) or exists (
            select 1 from pg_catalog.pg_proc as p
            join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
            where n.nspname = 'pipec' and p.prosecdef and pg_catalog.has_function_privilege(reader, p.oid, 'execute')
        ) then
            raise exception 'pipec: role % reads, and may neither read the keys of masks nor call what uses them', reader;
        end if;
    end loop;
    if not pg_catalog.pg_has_role(current_user, 'mytomorrows_owner', 'usage') then
        execute pg_catalog.format('grant %I to current_user', 'mytomorrows_owner');
    end if;
end
$body$;
create schema if not exists mytomorrows_access;
revoke all on schema mytomorrows_access from public;
grant usage, create on schema mytomorrows_access to mytomorrows_owner;
do $body$
begin
    create table if not exists mytomorrows_access.made (place name not null, name name not null, primary key (place, name));
    create table if not exists mytomorrows_access.entered (place name not null, reader name not null, primary key (place, reader));
    alter table mytomorrows_access.made owner to mytomorrows_owner;
    alter table mytomorrows_access.entered owner to mytomorrows_owner;
end
$body$;
create or replace procedure mytomorrows_access.close(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in
        select distinct c.oid::regclass as part, case c.relkind when 'S' then 'sequence' else 'table' end as kind, given.grantee
        from (
            select relation::oid as oid
            union all
            select d.objid from pg_depend as d
            where d.refclassid = 'pg_class'::regclass and d.refobjid = relation and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
        ) as parts
        join pg_class as c on c.oid = parts.oid and (c.oid = relation or c.relkind = 'S')
        cross join lateral (
            select (aclexplode(c.relacl)).grantee
            union
            select (aclexplode(a.attacl)).grantee from pg_attribute as a where a.attrelid = c.oid and a.attacl is not null
        ) as given
        where given.grantee <> c.relowner
    loop
        execute format(
            'revoke all on %s %s from %s cascade', found.kind, found.part,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end
$body$;
revoke execute on procedure mytomorrows_access.close(regclass) from public;
create or replace procedure mytomorrows_access.reset(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    insert into mytomorrows_access.made (place, name)
    select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = relation
    on conflict do nothing;
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    call mytomorrows_access.close(relation);
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end
$body$;
revoke execute on procedure mytomorrows_access.reset(regclass) from public;
create or replace procedure mytomorrows_access.take_back(places name[], names name[], entered name[], readers name[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in
        select m.place, m.name, c.oid::regclass as relation, c.relowner
        from mytomorrows_access.made as m
        left join unnest(places, names) as kept (place, name) on kept.place = m.place and kept.name = m.name
        left join pg_namespace as n on n.nspname = m.place
        left join pg_class as c on c.relnamespace = n.oid and c.relname = m.name
        where kept.place is null
    loop
        if found.relation is not null and not pg_has_role(found.relowner, 'usage') then
            raise warning 'pipec: % is no longer built, and whoever owns it has to close it', found.relation;
            continue;
        end if;
        if found.relation is not null then
            call mytomorrows_access.reset(found.relation);
        end if;
        delete from mytomorrows_access.made as m where m.place = found.place and m.name = found.name;
    end loop;
    for found in
        select e.place, e.reader
        from mytomorrows_access.entered as e
        left join unnest(entered, readers) as kept (place, reader) on kept.place = e.place and kept.reader = e.reader
        where kept.place is null
    loop
        if exists (select from pg_namespace where nspname = found.place) and exists (select from pg_roles where rolname = found.reader) then
            execute format('revoke all on schema %I from %I cascade', found.place, found.reader);
        end if;
        delete from mytomorrows_access.entered as e where e.place = found.place and e.reader = found.reader;
    end loop;
    for found in
        select c.oid::regclass as relation from pg_class as c
        where c.relnamespace = to_regnamespace('mytomorrows_access') and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
    loop
        call mytomorrows_access.close(found.relation);
    end loop;
    insert into mytomorrows_access.entered (place, reader) select * from unnest(entered, readers) on conflict do nothing;
    for found in
        select p.oid::regprocedure as look_up, given.grantee
        from pg_proc as p
        cross join lateral aclexplode(p.proacl) as given
        where p.pronamespace = to_regnamespace('mytomorrows_access') and given.grantee <> p.proowner and pg_has_role(p.proowner, 'usage')
            and (given.grantee = 0 or pg_get_userbyid(given.grantee) <> all (readers))
    loop
        execute format(
            'revoke all on routine %s from %s cascade', found.look_up,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end
$body$;
revoke execute on procedure mytomorrows_access.take_back(name[], name[], name[], name[]) from public;
create or replace procedure mytomorrows_access.refuse_older(relation text, mark text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    if obj_description(to_regclass(relation), 'pg_class') is distinct from mark then
        raise exception 'pipec: % has rows made under other masks or labels', relation
            using errcode = 'object_not_in_prerequisite_state', hint = 'have it made anew: dbt build --full-refresh, psql --set=full_refresh=1';
    end if;
end
$body$;
revoke execute on procedure mytomorrows_access.refuse_older(text, text) from public;
create or replace procedure mytomorrows_access.mark_rows(relation text, mark text, kept boolean, behind text[], marks text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    place regclass := to_regclass(relation);
    first name := (select attname from pg_attribute where attrelid = place and attnum > 0 and not attisdropped order by attnum limit 1);
    sound boolean := not exists (
        select 1 from unnest(behind, marks) as expected (name, mark)
        where not exists (
            select 1 from pg_description as d
            where d.classoid = 'pg_class'::regclass and d.objoid = to_regclass(expected.name) and d.objsubid > 0 and d.description = expected.mark
        )
    );
    marked boolean := exists (
        select 1 from pg_description as d
        where d.classoid = 'pg_class'::regclass and d.objoid = place and d.objsubid > 0 and d.description like 'pipec: rows made under %'
    );
begin
    if first is null or kept and sound and (marked or obj_description(place, 'pg_class') is distinct from mark) then
        return;
    end if;
    execute format(
        'comment on column %s.%I is %L', place, first, case when sound then mark else 'pipec: rows made under other masks or labels' end
    );
end
$body$;
revoke execute on procedure mytomorrows_access.mark_rows(text, text, boolean, text[], text[]) from public;
create or replace procedure mytomorrows_access.hold_until(relation text, reader name, determination text, last date)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    if cast(now() at time zone 'UTC' as date) > last then
        execute format('revoke all on %s from %I cascade', to_regclass(relation), reader);
        raise warning 'pipec: determination % held until %, and % reads % no longer', determination, last, reader, relation;
    end if;
end
$body$;
revoke execute on procedure mytomorrows_access.hold_until(text, name, text, date) from public;
create schema if not exists mytomorrows_clients;
revoke all on schema mytomorrows_clients from public;
grant usage, create on schema mytomorrows_clients to mytomorrows_owner;
revoke create on schema mytomorrows_clients from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_executive;
revoke all on schema mytomorrows_executive from public;
grant usage, create on schema mytomorrows_executive to mytomorrows_owner;
revoke create on schema mytomorrows_executive from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_extracts;
revoke all on schema mytomorrows_extracts from public;
grant usage, create on schema mytomorrows_extracts to mytomorrows_owner;
revoke create on schema mytomorrows_extracts from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_hospital;
revoke all on schema mytomorrows_hospital from public;
grant usage, create on schema mytomorrows_hospital to mytomorrows_owner;
revoke create on schema mytomorrows_hospital from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_int;
revoke all on schema mytomorrows_int from public;
grant usage, create on schema mytomorrows_int to mytomorrows_owner;
revoke create on schema mytomorrows_int from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_ops;
revoke all on schema mytomorrows_ops from public;
grant usage, create on schema mytomorrows_ops to mytomorrows_owner;
revoke create on schema mytomorrows_ops from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_stg;
revoke all on schema mytomorrows_stg from public;
grant usage, create on schema mytomorrows_stg to mytomorrows_owner;
revoke create on schema mytomorrows_stg from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists mytomorrows_tableau;
revoke all on schema mytomorrows_tableau from public;
grant usage, create on schema mytomorrows_tableau to mytomorrows_owner;
revoke create on schema mytomorrows_tableau from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
create schema if not exists reference;
revoke all on schema reference from public;
grant usage, create on schema reference to mytomorrows_owner;
revoke create on schema reference from client_humana, client_uhc, executive, finance, hospital_staff, mytomorrows_exporter, mytomorrows_tableau, program_manager, staff cascade;
grant usage on schema mytomorrows_clients to client_uhc;
grant usage on schema mytomorrows_executive to executive;
grant usage on schema mytomorrows_executive to finance;
grant usage on schema mytomorrows_hospital to hospital_staff;
grant usage on schema mytomorrows_clients to mytomorrows_exporter;
grant usage on schema mytomorrows_extracts to mytomorrows_exporter;
grant usage on schema mytomorrows_tableau to mytomorrows_tableau;
grant usage on schema mytomorrows_extracts to program_manager;
grant usage on schema mytomorrows_ops to program_manager;
create or replace function mytomorrows_access.authorizations_eb535791(name) returns table (organization text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
begin
    if pg_has_role(session_user, $1, 'member') then
        return query select cast(entitled.organization as text) from mytomorrows_hospital.dim_authorizations as entitled where entitled.user_id = cast($1 as text);
    end if;
end
$body$;
revoke execute on function mytomorrows_access.authorizations_eb535791(name) from public;
alter function mytomorrows_access.authorizations_eb535791(name) owner to mytomorrows_owner;
grant execute on function mytomorrows_access.authorizations_eb535791(name) to program_manager;
create or replace function mytomorrows_access.authorizations_39759c95(name) returns table (allowed_specialties text[])
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
begin
    if pg_has_role(session_user, $1, 'member') then
        return query select cast(entitled.allowed_specialties as text[]) from mytomorrows_hospital.dim_authorizations as entitled where entitled.user_id = cast($1 as text);
    end if;
end
$body$;
revoke execute on function mytomorrows_access.authorizations_39759c95(name) from public;
alter function mytomorrows_access.authorizations_39759c95(name) owner to mytomorrows_owner;
grant execute on function mytomorrows_access.authorizations_39759c95(name) to hospital_staff;
create or replace function mytomorrows_access.authorizations_7be17fc6(name) returns table (is_hospice_authorized boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
begin
    if pg_has_role(session_user, $1, 'member') then
        return query select cast(entitled.is_hospice_authorized as boolean) from mytomorrows_hospital.dim_authorizations as entitled where entitled.user_id = cast($1 as text);
    end if;
end
$body$;
revoke execute on function mytomorrows_access.authorizations_7be17fc6(name) from public;
alter function mytomorrows_access.authorizations_7be17fc6(name) owner to mytomorrows_owner;
grant execute on function mytomorrows_access.authorizations_7be17fc6(name) to hospital_staff;
call mytomorrows_access.take_back(
    array['mytomorrows_clients', 'mytomorrows_clients', 'mytomorrows_clients', 'mytomorrows_clients', 'mytomorrows_executive', 'mytomorrows_executive', 'mytomorrows_extracts', 'mytomorrows_extracts', 'mytomorrows_hospital', 'mytomorrows_hospital', 'mytomorrows_hospital', 'mytomorrows_hospital', 'mytomorrows_hospital', 'mytomorrows_int', 'mytomorrows_int', 'mytomorrows_int', 'mytomorrows_int', 'mytomorrows_int', 'mytomorrows_ops', 'mytomorrows_stg', 'mytomorrows_stg', 'mytomorrows_stg', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'mytomorrows_tableau', 'reference']::name[],
    array['client_humana_export', 'client_patients', 'client_report', 'client_uhc_export', 'exec_kpis', 'exec_monthly', 'ops_procedures', 'raw_extract', 'dim_authorizations', 'dim_specialties', 'fct_patients_helped', 'fct_patients_trailing', 'fct_procedures', 'int_client_procedures', 'int_extract', 'int_hospital_procedures', 'int_procedures', 'patient_months', 'pipeline_runs', 'stg_encounters', 'stg_patients', 'stg_procedures', 'tableau_client_patients', 'tableau_client_report', 'tableau_dim_specialties', 'tableau_exec_kpis', 'tableau_exec_monthly', 'tableau_fct_patients_helped', 'tableau_fct_patients_trailing', 'tableau_fct_procedures', 'tableau_ops_procedures', 'procedure_groups']::name[],
    array['mytomorrows_clients', 'mytomorrows_executive', 'mytomorrows_executive', 'mytomorrows_hospital', 'mytomorrows_clients', 'mytomorrows_extracts', 'mytomorrows_tableau', 'mytomorrows_extracts', 'mytomorrows_ops']::name[],
    array['client_uhc', 'executive', 'finance', 'hospital_staff', 'mytomorrows_exporter', 'mytomorrows_exporter', 'mytomorrows_tableau', 'program_manager', 'program_manager']::name[]
);
commit;
