-- Who may reach what: roles and their schemas. What they may do with a table is said where it is made.
-- Written by pipec from the project `medilink`; change it there, not here.
begin;
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec access of medilink', 0));
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
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'medilink_exporter') then
        create role medilink_exporter nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'receptionist') then
        create role receptionist nologin;
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
    foreach reader in array array['api_reader', 'clinician', 'medilink_exporter', 'receptionist', 'researcher']::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, 'medilink_owner', 'member') then
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
    if not pg_catalog.pg_has_role(current_user, 'medilink_owner', 'usage') then
        execute pg_catalog.format('grant %I to current_user', 'medilink_owner');
    end if;
end
$body$;
create schema if not exists medilink_access;
revoke all on schema medilink_access from public;
grant usage, create on schema medilink_access to medilink_owner;
do $body$
begin
    create table if not exists medilink_access.made (place name not null, name name not null, primary key (place, name));
    create table if not exists medilink_access.entered (place name not null, reader name not null, primary key (place, reader));
    alter table medilink_access.made owner to medilink_owner;
    alter table medilink_access.entered owner to medilink_owner;
end
$body$;
create or replace procedure medilink_access.close(relation regclass)
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
revoke execute on procedure medilink_access.close(regclass) from public;
create or replace procedure medilink_access.reset(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    insert into medilink_access.made (place, name)
    select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = relation
    on conflict do nothing;
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    call medilink_access.close(relation);
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end
$body$;
revoke execute on procedure medilink_access.reset(regclass) from public;
create or replace procedure medilink_access.take_back(places name[], names name[], entered name[], readers name[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in
        select m.place, m.name, c.oid::regclass as relation, c.relowner
        from medilink_access.made as m
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
            call medilink_access.reset(found.relation);
        end if;
        delete from medilink_access.made as m where m.place = found.place and m.name = found.name;
    end loop;
    for found in
        select e.place, e.reader
        from medilink_access.entered as e
        left join unnest(entered, readers) as kept (place, reader) on kept.place = e.place and kept.reader = e.reader
        where kept.place is null
    loop
        if exists (select from pg_namespace where nspname = found.place) and exists (select from pg_roles where rolname = found.reader) then
            execute format('revoke all on schema %I from %I cascade', found.place, found.reader);
        end if;
        delete from medilink_access.entered as e where e.place = found.place and e.reader = found.reader;
    end loop;
    for found in
        select c.oid::regclass as relation from pg_class as c
        where c.relnamespace = to_regnamespace('medilink_access') and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
    loop
        call medilink_access.close(found.relation);
    end loop;
    insert into medilink_access.entered (place, reader) select * from unnest(entered, readers) on conflict do nothing;
    for found in
        select p.oid::regprocedure as look_up, given.grantee
        from pg_proc as p
        cross join lateral aclexplode(p.proacl) as given
        where p.pronamespace = to_regnamespace('medilink_access') and given.grantee <> p.proowner and pg_has_role(p.proowner, 'usage')
            and (given.grantee = 0 or pg_get_userbyid(given.grantee) <> all (readers))
    loop
        execute format(
            'revoke all on routine %s from %s cascade', found.look_up,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end
$body$;
revoke execute on procedure medilink_access.take_back(name[], name[], name[], name[]) from public;
create or replace procedure medilink_access.refuse_older(relation text, mark text)
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
revoke execute on procedure medilink_access.refuse_older(text, text) from public;
create or replace procedure medilink_access.mark_rows(relation text, mark text, kept boolean, behind text[], marks text[])
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
revoke execute on procedure medilink_access.mark_rows(text, text, boolean, text[], text[]) from public;
create or replace procedure medilink_access.hold_until(relation text, reader name, determination text, last date)
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
revoke execute on procedure medilink_access.hold_until(text, name, text, date) from public;
create schema if not exists api;
revoke all on schema api from public;
grant usage, create on schema api to medilink_owner;
revoke create on schema api from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists api_reception;
revoke all on schema api_reception from public;
grant usage, create on schema api_reception to medilink_owner;
revoke create on schema api_reception from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists api_wards;
revoke all on schema api_wards from public;
grant usage, create on schema api_wards to medilink_owner;
revoke create on schema api_wards from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists landing;
revoke all on schema landing from public;
grant usage, create on schema landing to medilink_owner;
revoke create on schema landing from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists medilink_analytics;
revoke all on schema medilink_analytics from public;
grant usage, create on schema medilink_analytics to medilink_owner;
revoke create on schema medilink_analytics from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists medilink_clinical;
revoke all on schema medilink_clinical from public;
grant usage, create on schema medilink_clinical to medilink_owner;
revoke create on schema medilink_clinical from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists medilink_core;
revoke all on schema medilink_core from public;
grant usage, create on schema medilink_core to medilink_owner;
revoke create on schema medilink_core from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists medilink_intake;
revoke all on schema medilink_intake from public;
grant usage, create on schema medilink_intake to medilink_owner;
revoke create on schema medilink_intake from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists medilink_marts;
revoke all on schema medilink_marts from public;
grant usage, create on schema medilink_marts to medilink_owner;
revoke create on schema medilink_marts from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
create schema if not exists medilink_staging;
revoke all on schema medilink_staging from public;
grant usage, create on schema medilink_staging to medilink_owner;
revoke create on schema medilink_staging from api_reader, clinician, medilink_exporter, receptionist, researcher cascade;
grant usage on schema api to api_reader;
grant usage on schema medilink_analytics to api_reader;
grant usage on schema medilink_core to api_reader;
grant usage on schema api_wards to clinician;
grant usage on schema landing to clinician;
grant usage on schema medilink_analytics to clinician;
grant usage on schema medilink_clinical to clinician;
grant usage on schema medilink_core to clinician;
grant usage on schema medilink_marts to clinician;
grant usage on schema medilink_analytics to medilink_exporter;
grant usage on schema medilink_core to medilink_exporter;
grant usage on schema api_reception to receptionist;
grant usage on schema medilink_intake to receptionist;
grant usage on schema medilink_analytics to researcher;
grant usage on schema medilink_core to researcher;
call medilink_access.take_back(
    array['api', 'api', 'api_reception', 'api_wards', 'api_wards', 'api_wards', 'api_wards', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'landing', 'medilink_analytics', 'medilink_analytics', 'medilink_analytics', 'medilink_analytics', 'medilink_analytics', 'medilink_clinical', 'medilink_clinical', 'medilink_core', 'medilink_core', 'medilink_core', 'medilink_core', 'medilink_core', 'medilink_core', 'medilink_intake', 'medilink_intake', 'medilink_marts', 'medilink_marts', 'medilink_marts', 'medilink_marts', 'medilink_staging', 'medilink_staging', 'medilink_staging', 'medilink_staging']::name[],
    array['public_analytics_triage_stats', 'public_facilities', 'reception_triage_visits', 'wards_analytics_facility_stats', 'wards_medical_records', 'wards_patients', 'wards_triage_visits', 'etl_audit_log', 'facilities', 'facilities_quarantine', 'medical_records', 'medical_records_2025_01', 'medical_records_2025_02', 'medical_records_2025_03', 'medical_records_2025_04', 'medical_records_2025_05', 'medical_records_2025_06', 'medical_records_2025_07', 'medical_records_2025_08', 'medical_records_2025_09', 'medical_records_2025_10', 'medical_records_2025_11', 'medical_records_2025_12', 'medical_records_quarantine', 'medical_records_rest', 'patients', 'patients_quarantine', 'pipeline_runs', 'triage_visits', 'triage_visits_quarantine', 'condition_analysis', 'patients_anon', 'triage_anon', 'triage_stats', 'triage_trends', 'facility_performance', 'patient_summary', 'etl_audit', 'facilities', 'medical_records', 'patients', 'rejected_rows', 'triage_visits', 'announced_visits', 'announcement_changes', 'dim_facilities', 'dim_patients', 'fct_medical_records', 'fct_triage_visits', 'stg_facilities', 'stg_medical_records', 'stg_patients', 'stg_triage_visits']::name[],
    array['api', 'medilink_analytics', 'medilink_core', 'api_wards', 'landing', 'medilink_analytics', 'medilink_clinical', 'medilink_core', 'medilink_marts', 'medilink_analytics', 'medilink_core', 'api_reception', 'medilink_intake', 'medilink_analytics', 'medilink_core']::name[],
    array['api_reader', 'api_reader', 'api_reader', 'clinician', 'clinician', 'clinician', 'clinician', 'clinician', 'clinician', 'medilink_exporter', 'medilink_exporter', 'receptionist', 'receptionist', 'researcher', 'researcher']::name[]
);
commit;
