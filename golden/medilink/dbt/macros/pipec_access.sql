{#- Who may read what. Each macro runs in the transaction that makes its table; all may run again. -#}

{% macro pipec_access_setup() -%}
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
{%- endmacro %}

{% macro pipec_access_to_condition_analysis() -%}
alter table medilink_analytics.condition_analysis owner to medilink_owner;
call medilink_access.reset('medilink_analytics.condition_analysis');
grant select (diagnosis, state, cases, patients, average_worst) on table medilink_analytics.condition_analysis to clinician;
{%- endmacro %}

{% macro pipec_access_to_dim_facilities() -%}
alter table medilink_marts.dim_facilities owner to medilink_owner;
call medilink_access.reset('medilink_marts.dim_facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type, patient_count, record_count, visit_count, critical_count, is_active) on table medilink_marts.dim_facilities to clinician;
{%- endmacro %}

{% macro pipec_access_to_dim_patients() -%}
alter table medilink_marts.dim_patients owner to medilink_owner;
call medilink_access.reset('medilink_marts.dim_patients');
grant select (patient_id, facility_id, first_name, last_name, full_name, sex, dob, age, age_group, phone, phone_is_valid, record_count, visit_count, last_visit_on, risk, engagement) on table medilink_marts.dim_patients to clinician;
{%- endmacro %}

{% macro pipec_access_to_etl_audit() -%}
call medilink_access.reset('medilink_core.etl_audit');
grant select (table_name, batch_id, processed, rejected) on table medilink_core.etl_audit to clinician;
alter view medilink_core.etl_audit set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_facilities() -%}
alter table medilink_core.facilities owner to medilink_owner;
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.mark_rows('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e', true, array['medilink_staging.stg_facilities']::text[], array['pipec: rows made under 863538b9c3c21c67']::text[]);
call medilink_access.reset('medilink_core.facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) on table medilink_core.facilities to api_reader;
grant select (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) on table medilink_core.facilities to medilink_exporter;
grant select (facility_id, name, state, lga, lat, lon, category, type, batch_id, loaded_at) on table medilink_core.facilities to researcher;
call medilink_access.hold_until('medilink_core.facilities', 'researcher', 'ED-2026-11', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_facility_performance() -%}
alter table medilink_clinical.facility_performance owner to medilink_owner;
call medilink_access.reset('medilink_clinical.facility_performance');
grant select (facility_id, name, state, visit_count, volume, average_level, visits_per_month, critical_share) on table medilink_clinical.facility_performance to clinician;
{%- endmacro %}

{% macro pipec_access_to_fct_medical_records() -%}
alter table medilink_marts.fct_medical_records owner to medilink_owner;
call medilink_access.reset('medilink_marts.fct_medical_records');
grant select (record_id, patient_id, facility_id, record_type, recorded_at, recorded_on, days_since_created, diagnosis, treatment, medications, notes, sex, dob, state, category) on table medilink_marts.fct_medical_records to clinician;
{%- endmacro %}

{% macro pipec_access_to_fct_triage_visits() -%}
alter table medilink_marts.fct_triage_visits owner to medilink_owner;
call medilink_access.mark_rows('medilink_marts.fct_triage_visits', 'pipec: rows made under 35e5e477be566505', false, array['medilink_core.facilities', 'medilink_core.patients', 'medilink_core.triage_visits']::text[], array['pipec: rows made under 19a0fab43d8e230e', 'pipec: rows made under c38bbb154aa87ca4', 'pipec: rows made under e6cd929557927c3c']::text[]);
call medilink_access.reset('medilink_marts.fct_triage_visits');
grant select (visit_id, patient_id, facility_id, visited_on, hour_of_day, triage_level, priority, conditions, condition_count, recommendation_count, sex, dob, state, category) on table medilink_marts.fct_triage_visits to clinician;
{%- endmacro %}

{% macro pipec_access_to_medical_records() -%}
alter table medilink_core.medical_records owner to medilink_owner;
call medilink_access.reset('medilink_core.medical_records');
{%- endmacro %}

{% macro pipec_access_to_patient_summary() -%}
alter table medilink_clinical.patient_summary owner to medilink_owner;
call medilink_access.reset('medilink_clinical.patient_summary');
grant select (patient_id, full_name, age_group, risk, engagement, record_count, diagnoses, visit_count, critical_count, condition_count) on table medilink_clinical.patient_summary to clinician;
{%- endmacro %}

{% macro pipec_access_to_patients() -%}
alter table medilink_core.patients owner to medilink_owner;
call medilink_access.mark_rows('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4', true, array['medilink_core.facilities', 'medilink_staging.stg_patients']::text[], array['pipec: rows made under 19a0fab43d8e230e', 'pipec: rows made under 8a1f3c46ac2b0768']::text[]);
call medilink_access.reset('medilink_core.patients');
{%- endmacro %}

{% macro pipec_access_to_patients_anon() -%}
alter table medilink_analytics.patients_anon owner to medilink_owner;
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.refuse_older('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4');
call medilink_access.mark_rows('medilink_analytics.patients_anon', 'pipec: rows made under 71e370a995da00d1', false, array['medilink_core.patients']::text[], array['pipec: rows made under c38bbb154aa87ca4']::text[]);
call medilink_access.reset('medilink_analytics.patients_anon');
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to clinician;
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to medilink_exporter;
grant select (patient_id, facility_id, first_name, last_name, sex, age_band, phone) on table medilink_analytics.patients_anon to researcher;
call medilink_access.hold_until('medilink_analytics.patients_anon', 'researcher', 'ED-2026-11', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_rejected_rows() -%}
call medilink_access.reset('medilink_core.rejected_rows');
grant select (table_name, batch_id, line, reason) on table medilink_core.rejected_rows to clinician;
alter view medilink_core.rejected_rows set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_facilities() -%}
call medilink_access.mark_rows('medilink_staging.stg_facilities', 'pipec: rows made under 863538b9c3c21c67', false, array[]::text[], array[]::text[]);
call medilink_access.reset('medilink_staging.stg_facilities');
{%- endmacro %}

{% macro pipec_access_to_stg_medical_records() -%}
call medilink_access.reset('medilink_staging.stg_medical_records');
{%- endmacro %}

{% macro pipec_access_to_stg_patients() -%}
call medilink_access.mark_rows('medilink_staging.stg_patients', 'pipec: rows made under 8a1f3c46ac2b0768', false, array[]::text[], array[]::text[]);
call medilink_access.reset('medilink_staging.stg_patients');
{%- endmacro %}

{% macro pipec_access_to_stg_triage_visits() -%}
call medilink_access.mark_rows('medilink_staging.stg_triage_visits', 'pipec: rows made under 8413941bbcb1ad04', false, array[]::text[], array[]::text[]);
call medilink_access.reset('medilink_staging.stg_triage_visits');
{%- endmacro %}

{% macro pipec_access_to_triage_anon() -%}
alter table medilink_analytics.triage_anon owner to medilink_owner;
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.refuse_older('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4');
call medilink_access.refuse_older('medilink_core.triage_visits', 'pipec: rows made under e6cd929557927c3c');
call medilink_access.mark_rows('medilink_analytics.triage_anon', 'pipec: rows made under 4a33911fa9d250ee', false, array['medilink_marts.fct_triage_visits']::text[], array['pipec: rows made under 35e5e477be566505']::text[]);
call medilink_access.reset('medilink_analytics.triage_anon');
grant select (visit_id, patient_id, facility_id, visited_on, triage_level, priority, conditions, condition_count, recommendation_count, sex, age_band, state, category) on table medilink_analytics.triage_anon to clinician;
grant select (visit_id, patient_id, facility_id, visited_on, triage_level, priority, conditions, condition_count, recommendation_count, sex, age_band, state, category) on table medilink_analytics.triage_anon to medilink_exporter;
grant select (visit_id, patient_id, facility_id, visited_on, triage_level, priority, conditions, condition_count, recommendation_count, sex, age_band, state, category) on table medilink_analytics.triage_anon to researcher;
call medilink_access.hold_until('medilink_analytics.triage_anon', 'researcher', 'ED-2026-11', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_triage_stats() -%}
alter table medilink_analytics.triage_stats owner to medilink_owner;
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.refuse_older('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4');
call medilink_access.refuse_older('medilink_core.triage_visits', 'pipec: rows made under e6cd929557927c3c');
call medilink_access.reset('medilink_analytics.triage_stats');
grant select (metric_id, unit, grain, period_date, state, value) on table medilink_analytics.triage_stats to api_reader;
grant select (metric_id, unit, grain, period_date, state, value) on table medilink_analytics.triage_stats to clinician;
{%- endmacro %}

{% macro pipec_access_to_triage_trends() -%}
alter table medilink_analytics.triage_trends owner to medilink_owner;
call medilink_access.reset('medilink_analytics.triage_trends');
grant select (day, priority, visits, mean_7_days, change_of_week) on table medilink_analytics.triage_trends to clinician;
{%- endmacro %}

{% macro pipec_access_to_triage_visits() -%}
alter table medilink_core.triage_visits owner to medilink_owner;
call medilink_access.mark_rows('medilink_core.triage_visits', 'pipec: rows made under e6cd929557927c3c', true, array['medilink_core.facilities', 'medilink_core.patients', 'medilink_staging.stg_triage_visits']::text[], array['pipec: rows made under 19a0fab43d8e230e', 'pipec: rows made under c38bbb154aa87ca4', 'pipec: rows made under 8413941bbcb1ad04']::text[]);
call medilink_access.reset('medilink_core.triage_visits');
{%- endmacro %}

{% macro pipec_access_to_public_analytics_triage_stats() -%}
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.refuse_older('medilink_core.patients', 'pipec: rows made under c38bbb154aa87ca4');
call medilink_access.refuse_older('medilink_core.triage_visits', 'pipec: rows made under e6cd929557927c3c');
call medilink_access.reset('api.public_analytics_triage_stats');
grant select (metric_id, unit, grain, period_date, state, value) on table api.public_analytics_triage_stats to api_reader;
alter view api.public_analytics_triage_stats set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_public_facilities() -%}
call medilink_access.refuse_older('medilink_core.facilities', 'pipec: rows made under 19a0fab43d8e230e');
call medilink_access.reset('api.public_facilities');
grant select (facility_id, name, state, lga, lat, lon, category, type) on table api.public_facilities to api_reader;
alter view api.public_facilities set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_reception_triage_visits() -%}
call medilink_access.reset('api_reception.reception_triage_visits');
grant select (announcement_id, patient_id, facility_id, triage_level, expected_on, announced_at) on table api_reception.reception_triage_visits to receptionist;
alter view api_reception.reception_triage_visits set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_wards_analytics_facility_stats() -%}
call medilink_access.reset('api_wards.wards_analytics_facility_stats');
grant select (facility_id, name, state, visit_count, volume, average_level, visits_per_month, critical_share) on table api_wards.wards_analytics_facility_stats to clinician;
alter view api_wards.wards_analytics_facility_stats set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_wards_medical_records() -%}
call medilink_access.reset('api_wards.wards_medical_records');
grant select (record_id, patient_id, facility_id, record_type, recorded_at, recorded_on, days_since_created, diagnosis, treatment, medications, notes, sex, dob, state, category) on table api_wards.wards_medical_records to clinician;
alter view api_wards.wards_medical_records set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_wards_patients() -%}
call medilink_access.reset('api_wards.wards_patients');
grant select (patient_id, facility_id, first_name, last_name, full_name, sex, dob, age, age_group, phone, phone_is_valid, record_count, visit_count, last_visit_on, risk, engagement) on table api_wards.wards_patients to clinician;
alter view api_wards.wards_patients set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_wards_triage_visits() -%}
call medilink_access.reset('api_wards.wards_triage_visits');
grant select (visit_id, patient_id, facility_id, visited_on, hour_of_day, triage_level, priority, conditions, condition_count, recommendation_count, sex, dob, state, category) on table api_wards.wards_triage_visits to clinician;
alter view api_wards.wards_triage_visits set (security_barrier = true);
{%- endmacro %}
