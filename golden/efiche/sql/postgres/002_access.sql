-- Who may reach what: roles and their schemas. What they may do with a table is said where it is made.
-- Written by pipec from the project `efiche`; change it there, not here.
begin;
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec access of efiche', 0));
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'efiche_owner') then
        create role efiche_owner nologin;
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
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'efiche_exporter') then
        create role efiche_exporter nologin;
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
    if exists (select 1 from pg_catalog.pg_roles where rolname = 'efiche_owner' and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception 'pipec: role efiche_owner owns the tables, and may neither log in nor pass row-level security by';
    end if;
    foreach reader in array array['clinician', 'efiche_exporter', 'researcher']::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, 'efiche_owner', 'member') then
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
    if not pg_catalog.pg_has_role(current_user, 'efiche_owner', 'usage') then
        execute pg_catalog.format('grant %I to current_user', 'efiche_owner');
    end if;
end
$body$;
create schema if not exists efiche_access;
revoke all on schema efiche_access from public;
grant usage, create on schema efiche_access to efiche_owner;
do $body$
begin
    create table if not exists efiche_access.made (place name not null, name name not null, primary key (place, name));
    create table if not exists efiche_access.entered (place name not null, reader name not null, primary key (place, reader));
    alter table efiche_access.made owner to efiche_owner;
    alter table efiche_access.entered owner to efiche_owner;
end
$body$;
create or replace procedure efiche_access.close(relation regclass)
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
revoke execute on procedure efiche_access.close(regclass) from public;
create or replace procedure efiche_access.reset(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    insert into efiche_access.made (place, name)
    select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = relation
    on conflict do nothing;
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    call efiche_access.close(relation);
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end
$body$;
revoke execute on procedure efiche_access.reset(regclass) from public;
create or replace procedure efiche_access.take_back(places name[], names name[], entered name[], readers name[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in
        select m.place, m.name, c.oid::regclass as relation, c.relowner
        from efiche_access.made as m
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
            call efiche_access.reset(found.relation);
        end if;
        delete from efiche_access.made as m where m.place = found.place and m.name = found.name;
    end loop;
    for found in
        select e.place, e.reader
        from efiche_access.entered as e
        left join unnest(entered, readers) as kept (place, reader) on kept.place = e.place and kept.reader = e.reader
        where kept.place is null
    loop
        if exists (select from pg_namespace where nspname = found.place) and exists (select from pg_roles where rolname = found.reader) then
            execute format('revoke all on schema %I from %I cascade', found.place, found.reader);
        end if;
        delete from efiche_access.entered as e where e.place = found.place and e.reader = found.reader;
    end loop;
    for found in
        select c.oid::regclass as relation from pg_class as c
        where c.relnamespace = to_regnamespace('efiche_access') and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
    loop
        call efiche_access.close(found.relation);
    end loop;
    insert into efiche_access.entered (place, reader) select * from unnest(entered, readers) on conflict do nothing;
    for found in
        select p.oid::regprocedure as look_up, given.grantee
        from pg_proc as p
        cross join lateral aclexplode(p.proacl) as given
        where p.pronamespace = to_regnamespace('efiche_access') and given.grantee <> p.proowner and pg_has_role(p.proowner, 'usage')
            and (given.grantee = 0 or pg_get_userbyid(given.grantee) <> all (readers))
    loop
        execute format(
            'revoke all on routine %s from %s cascade', found.look_up,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end
$body$;
revoke execute on procedure efiche_access.take_back(name[], name[], name[], name[]) from public;
create or replace procedure efiche_access.refuse_older(relation text, mark text)
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
revoke execute on procedure efiche_access.refuse_older(text, text) from public;
create or replace procedure efiche_access.mark_rows(relation text, mark text, kept boolean, behind text[], marks text[])
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
revoke execute on procedure efiche_access.mark_rows(text, text, boolean, text[], text[]) from public;
create or replace procedure efiche_access.hold_until(relation text, reader name, determination text, last date)
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
revoke execute on procedure efiche_access.hold_until(text, name, text, date) from public;
create schema if not exists efiche_dw;
revoke all on schema efiche_dw from public;
grant usage, create on schema efiche_dw to efiche_owner;
revoke create on schema efiche_dw from clinician, efiche_exporter, researcher cascade;
create schema if not exists efiche_mart;
revoke all on schema efiche_mart from public;
grant usage, create on schema efiche_mart to efiche_owner;
revoke create on schema efiche_mart from clinician, efiche_exporter, researcher cascade;
create schema if not exists efiche_stg;
revoke all on schema efiche_stg from public;
grant usage, create on schema efiche_stg to efiche_owner;
revoke create on schema efiche_stg from clinician, efiche_exporter, researcher cascade;
create schema if not exists operational;
revoke all on schema operational from public;
grant usage, create on schema operational to efiche_owner;
revoke create on schema operational from clinician, efiche_exporter, researcher cascade;
grant usage on schema efiche_dw to clinician;
grant usage on schema efiche_mart to clinician;
grant usage on schema efiche_stg to clinician;
grant usage on schema operational to clinician;
grant usage on schema efiche_dw to efiche_exporter;
grant usage on schema efiche_dw to researcher;
call efiche_access.take_back(
    array['efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_dw', 'efiche_mart', 'efiche_mart', 'efiche_mart', 'efiche_stg', 'efiche_stg', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational', 'operational']::name[],
    array['bridge_encounter_diagnosis', 'bridge_encounter_procedure', 'dim_diagnosis', 'dim_facility', 'dim_patient', 'dim_patient_anon', 'dim_patient_history', 'dim_procedure', 'dim_time', 'fact_encounters', 'fact_encounters_anon', 'mv_diagnosis_by_age_group', 'mv_monthly_encounters', 'mv_procedure_volume', 'padchest_images', 'padchest_progress', 'audit_log', 'diagnoses', 'diagnosis_codes', 'encounters', 'etl_audit_log', 'facilities', 'padchest_files', 'padchest_quarantine', 'padchest_staging', 'patients', 'pipeline_runs', 'procedures', 'reports']::name[],
    array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational', 'efiche_dw', 'efiche_dw']::name[],
    array['clinician', 'clinician', 'clinician', 'clinician', 'efiche_exporter', 'researcher']::name[]
);
commit;
