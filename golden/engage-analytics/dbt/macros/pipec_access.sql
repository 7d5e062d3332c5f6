{#- Who may read what. Each macro runs in the transaction that makes its table; all may run again. -#}

{% macro pipec_access_setup() -%}
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec access of engage_analytics', 0));
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
    if not exists (select 1 from pg_catalog.pg_roles where rolname = 'engage_analytics_exporter') then
        create role engage_analytics_exporter nologin;
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
    foreach reader in array array['analyst', 'engage_analytics_exporter', 'privacy_officer', 'reporting']::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, 'engage_analytics_owner', 'member') then
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
    if not pg_catalog.pg_has_role(current_user, 'engage_analytics_owner', 'usage') then
        execute pg_catalog.format('grant %I to current_user', 'engage_analytics_owner');
    end if;
end
$body$;
create schema if not exists engage_analytics_access;
revoke all on schema engage_analytics_access from public;
grant usage, create on schema engage_analytics_access to engage_analytics_owner;
do $body$
begin
    create table if not exists engage_analytics_access.made (place name not null, name name not null, primary key (place, name));
    create table if not exists engage_analytics_access.entered (place name not null, reader name not null, primary key (place, reader));
    alter table engage_analytics_access.made owner to engage_analytics_owner;
    alter table engage_analytics_access.entered owner to engage_analytics_owner;
end
$body$;
create or replace procedure engage_analytics_access.close(relation regclass)
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
revoke execute on procedure engage_analytics_access.close(regclass) from public;
create or replace procedure engage_analytics_access.reset(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    insert into engage_analytics_access.made (place, name)
    select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = relation
    on conflict do nothing;
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    call engage_analytics_access.close(relation);
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end
$body$;
revoke execute on procedure engage_analytics_access.reset(regclass) from public;
create or replace procedure engage_analytics_access.take_back(places name[], names name[], entered name[], readers name[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
declare
    found record;
begin
    for found in
        select m.place, m.name, c.oid::regclass as relation, c.relowner
        from engage_analytics_access.made as m
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
            call engage_analytics_access.reset(found.relation);
        end if;
        delete from engage_analytics_access.made as m where m.place = found.place and m.name = found.name;
    end loop;
    for found in
        select e.place, e.reader
        from engage_analytics_access.entered as e
        left join unnest(entered, readers) as kept (place, reader) on kept.place = e.place and kept.reader = e.reader
        where kept.place is null
    loop
        if exists (select from pg_namespace where nspname = found.place) and exists (select from pg_roles where rolname = found.reader) then
            execute format('revoke all on schema %I from %I cascade', found.place, found.reader);
        end if;
        delete from engage_analytics_access.entered as e where e.place = found.place and e.reader = found.reader;
    end loop;
    for found in
        select c.oid::regclass as relation from pg_class as c
        where c.relnamespace = to_regnamespace('engage_analytics_access') and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
    loop
        call engage_analytics_access.close(found.relation);
    end loop;
    insert into engage_analytics_access.entered (place, reader) select * from unnest(entered, readers) on conflict do nothing;
    for found in
        select p.oid::regprocedure as look_up, given.grantee
        from pg_proc as p
        cross join lateral aclexplode(p.proacl) as given
        where p.pronamespace = to_regnamespace('engage_analytics_access') and given.grantee <> p.proowner and pg_has_role(p.proowner, 'usage')
            and (given.grantee = 0 or pg_get_userbyid(given.grantee) <> all (readers))
    loop
        execute format(
            'revoke all on routine %s from %s cascade', found.look_up,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end
$body$;
revoke execute on procedure engage_analytics_access.take_back(name[], name[], name[], name[]) from public;
create or replace procedure engage_analytics_access.refuse_older(relation text, mark text)
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
revoke execute on procedure engage_analytics_access.refuse_older(text, text) from public;
create or replace procedure engage_analytics_access.mark_rows(relation text, mark text, kept boolean, behind text[], marks text[])
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
revoke execute on procedure engage_analytics_access.mark_rows(text, text, boolean, text[], text[]) from public;
create or replace procedure engage_analytics_access.hold_until(relation text, reader name, determination text, last date)
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
revoke execute on procedure engage_analytics_access.hold_until(text, name, text, date) from public;
create schema if not exists engage_analytics_int;
revoke all on schema engage_analytics_int from public;
grant usage, create on schema engage_analytics_int to engage_analytics_owner;
revoke create on schema engage_analytics_int from analyst, engage_analytics_exporter, privacy_officer, reporting cascade;
create schema if not exists engage_analytics_mart;
revoke all on schema engage_analytics_mart from public;
grant usage, create on schema engage_analytics_mart to engage_analytics_owner;
revoke create on schema engage_analytics_mart from analyst, engage_analytics_exporter, privacy_officer, reporting cascade;
create schema if not exists engage_analytics_stg;
revoke all on schema engage_analytics_stg from public;
grant usage, create on schema engage_analytics_stg to engage_analytics_owner;
revoke create on schema engage_analytics_stg from analyst, engage_analytics_exporter, privacy_officer, reporting cascade;
grant usage on schema engage_analytics_mart to analyst;
grant usage on schema engage_analytics_mart to engage_analytics_exporter;
grant usage on schema engage_analytics_int to privacy_officer;
grant usage on schema engage_analytics_mart to privacy_officer;
grant usage on schema engage_analytics_stg to privacy_officer;
grant usage on schema engage_analytics_mart to reporting;
call engage_analytics_access.take_back(
    array['engage_analytics_int', 'engage_analytics_int', 'engage_analytics_int', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg', 'engage_analytics_stg']::name[],
    array['int_practitioner_organization', 'int_qr_answers_long', 'int_qr_header', 'care_plans', 'care_teams', 'client_months', 'client_services', 'encounters', 'encounters_anon', 'fct_metrics_long', 'ipc_sessions', 'locations', 'observations', 'organizations', 'patient', 'patient_anon', 'practitioners', 'practitioners_anon', 'provider_activity', 'qr_1_month_follow_up', 'qr_1_month_follow_up_anon', 'qr_common_mental_health_symptoms', 'qr_common_mental_health_symptoms_anon', 'qr_confidentiality_session_1', 'qr_confidentiality_session_1_anon', 'qr_financial_wellness_tool', 'qr_financial_wellness_tool_anon', 'qr_gad7_session_1', 'qr_gad7_session_1_anon', 'qr_gad7_session_2', 'qr_gad7_session_2_anon', 'qr_gad7_session_3', 'qr_gad7_session_3_anon', 'qr_gad7_session_4', 'qr_gad7_session_4_anon', 'qr_mood_rating_session_1', 'qr_mood_rating_session_1_anon', 'qr_mood_rating_session_2', 'qr_mood_rating_session_2_anon', 'qr_mood_rating_session_3', 'qr_mood_rating_session_3_anon', 'qr_mood_rating_session_4', 'qr_mood_rating_session_4_anon', 'qr_mw_tool', 'qr_mw_tool_anon', 'qr_mw_tool_session_4', 'qr_mw_tool_session_4_anon', 'qr_pc_ptsd_session_1', 'qr_pc_ptsd_session_1_anon', 'qr_phq9_session_1', 'qr_phq9_session_1_anon', 'qr_phq9_session_2', 'qr_phq9_session_2_anon', 'qr_phq9_session_3', 'qr_phq9_session_3_anon', 'qr_phq9_session_4', 'qr_phq9_session_4_anon', 'qr_planning_next_steps', 'qr_planning_next_steps_anon', 'qr_registration_info', 'qr_registration_info_anon', 'qr_remove_patient', 'qr_remove_patient_anon', 'qr_sbirt', 'qr_sbirt_anon', 'qr_sf_pcl5_session_1', 'qr_sf_pcl5_session_1_anon', 'qr_sf_pcl5_session_2', 'qr_sf_pcl5_session_2_anon', 'qr_sf_pcl5_session_3', 'qr_sf_pcl5_session_3_anon', 'qr_sf_pcl5_session_4', 'qr_sf_pcl5_session_4_anon', 'qr_sociodemographic_survey', 'qr_sociodemographic_survey_anon', 'qr_spi_subform_1', 'qr_spi_subform_1_anon', 'qr_spi_subform_2', 'qr_spi_subform_2_anon', 'qr_spi_subform_3', 'qr_spi_subform_3_anon', 'qr_spi_subform_4', 'qr_spi_subform_4_anon', 'qr_start_ipc_session_1', 'qr_start_ipc_session_1_anon', 'qr_start_ipc_session_2', 'qr_start_ipc_session_2_anon', 'qr_start_ipc_session_3', 'qr_start_ipc_session_3_anon', 'qr_start_ipc_session_4', 'qr_start_ipc_session_4_anon', 'tasks', 'stg_care_plan', 'stg_care_team', 'stg_encounter', 'stg_location', 'stg_observation', 'stg_organization', 'stg_organization_affiliation', 'stg_patient', 'stg_practitioner', 'stg_practitioner_role', 'stg_questionnaire_response', 'stg_task']::name[],
    array['engage_analytics_mart', 'engage_analytics_mart', 'engage_analytics_int', 'engage_analytics_mart', 'engage_analytics_stg', 'engage_analytics_mart']::name[],
    array['analyst', 'engage_analytics_exporter', 'privacy_officer', 'privacy_officer', 'privacy_officer', 'reporting']::name[]
);
{%- endmacro %}

{% macro pipec_access_to_care_plans() -%}
alter table engage_analytics_mart.care_plans owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.care_plans', 'pipec: rows made under f882a78784a39964', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_plan', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 6af4180a133e1d88', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.care_plans');
grant select (id, status, title, description, subject_id, practitioner_id, organization_id, created_on) on table engage_analytics_mart.care_plans to engage_analytics_exporter;
grant select (id, status, title, description, subject_id, practitioner_id, organization_id, created_on) on table engage_analytics_mart.care_plans to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_care_teams() -%}
alter table engage_analytics_mart.care_teams owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.care_teams', 'pipec: rows made under 0f9c72fdddd5e3fb', false, array['engage_analytics_stg.stg_care_team']::text[], array['pipec: rows made under 11a87b72d27277b0']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.care_teams');
grant select (id, name, status, organization_id, member_type, member_id) on table engage_analytics_mart.care_teams to engage_analytics_exporter;
grant select (id, name, status, organization_id, member_type, member_id) on table engage_analytics_mart.care_teams to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_client_months() -%}
alter table engage_analytics_mart.client_months owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.client_months', 'pipec: rows made under 7dcdc83b242f5cb6', false, array['engage_analytics_mart.client_services']::text[], array['pipec: rows made under bcbec14d39666279']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.client_months');
grant select (patient_id, organization_id, period_date, is_eligible_ipc, is_eligible_spi, is_eligible_fws, has_accepted_ipc, has_accepted_fws) on table engage_analytics_mart.client_months to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_client_services() -%}
alter table engage_analytics_mart.client_services owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.client_services', 'pipec: rows made under bcbec14d39666279', false, array['engage_analytics_mart.patient', 'engage_analytics_mart.qr_financial_wellness_tool', 'engage_analytics_mart.qr_mw_tool', 'engage_analytics_mart.qr_planning_next_steps']::text[], array['pipec: rows made under a717390396d3cb62', 'pipec: rows made under eda1d9434b8da00d', 'pipec: rows made under 709e85b3567ada33', 'pipec: rows made under b41c33b7ea80021a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.client_services');
grant select (patient_id, organization_id, registration_date, eligible_ipc_on, eligible_spi_on, eligible_fws_on, accepted_ipc_on, accepted_fws_on) on table engage_analytics_mart.client_services to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_encounters() -%}
alter table engage_analytics_mart.encounters owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.encounters', 'pipec: rows made under 6e8a3b4cd937d78a', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_encounter', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under a2d5ce2f324f732e', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.encounters');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date, period_start, period_end) on table engage_analytics_mart.encounters to engage_analytics_exporter;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date, period_start, period_end) on table engage_analytics_mart.encounters to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_encounters_anon() -%}
alter table engage_analytics_mart.encounters_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e');
call engage_analytics_access.mark_rows('engage_analytics_mart.encounters_anon', 'pipec: rows made under a24755b7b2eecd2b', false, array['engage_analytics_mart.encounters']::text[], array['pipec: rows made under 6e8a3b4cd937d78a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.encounters_anon');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to analyst;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to engage_analytics_exporter;
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, organization_id, encounter_date) on table engage_analytics_mart.encounters_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.encounters_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_fct_metrics_long() -%}
alter table engage_analytics_mart.fct_metrics_long owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e');
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_patient', 'pipec: rows made under 07a08cb573d2fae0');
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.fct_metrics_long', 'pipec: rows made under fc2bb229c37b2ed8', false, array['engage_analytics_mart.client_months', 'engage_analytics_mart.encounters', 'engage_analytics_mart.ipc_sessions', 'engage_analytics_mart.provider_activity']::text[], array['pipec: rows made under 7dcdc83b242f5cb6', 'pipec: rows made under 6e8a3b4cd937d78a', 'pipec: rows made under c89450a67d020f1b', 'pipec: rows made under 4a8719ce9fd8e9b6']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.fct_metrics_long');
grant select (metric_id, unit, grain, period_date, organization_id, delivery_format, value) on table engage_analytics_mart.fct_metrics_long to engage_analytics_exporter;
grant select (metric_id, unit, grain, period_date, organization_id, delivery_format, value) on table engage_analytics_mart.fct_metrics_long to privacy_officer;
grant select (metric_id, unit, grain, period_date, organization_id, delivery_format, value) on table engage_analytics_mart.fct_metrics_long to reporting;
{%- endmacro %}

{% macro pipec_access_to_int_practitioner_organization() -%}
call engage_analytics_access.mark_rows('engage_analytics_int.int_practitioner_organization', 'pipec: rows made under cace0eb84c897477', false, array['engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role']::text[], array['pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a']::text[]);
call engage_analytics_access.reset('engage_analytics_int.int_practitioner_organization');
grant select (practitioner_id, organization_id, role) on table engage_analytics_int.int_practitioner_organization to privacy_officer;
alter view engage_analytics_int.int_practitioner_organization set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_int_qr_answers_long() -%}
call engage_analytics_access.mark_rows('engage_analytics_int.int_qr_answers_long', 'pipec: rows made under f9b69e3a5d1aadd8', false, array['engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_int.int_qr_answers_long');
grant select (qr_id, linkid, answer, answer_date, answer_number, answer_flag) on table engage_analytics_int.int_qr_answers_long to privacy_officer;
alter view engage_analytics_int.int_qr_answers_long set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_int_qr_header() -%}
call engage_analytics_access.mark_rows('engage_analytics_int.int_qr_header', 'pipec: rows made under 45566110ed0775e6', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_int.int_qr_header');
grant select (qr_id, questionnaire_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on) on table engage_analytics_int.int_qr_header to privacy_officer;
alter view engage_analytics_int.int_qr_header set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_ipc_sessions() -%}
alter table engage_analytics_mart.ipc_sessions owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.ipc_sessions', 'pipec: rows made under c89450a67d020f1b', false, array['engage_analytics_mart.qr_start_ipc_session_1', 'engage_analytics_mart.qr_start_ipc_session_2', 'engage_analytics_mart.qr_start_ipc_session_3', 'engage_analytics_mart.qr_start_ipc_session_4']::text[], array['pipec: rows made under 1d14bbce693e3b37', 'pipec: rows made under b3d63e3b99770f59', 'pipec: rows made under b3d63e3b99770f59', 'pipec: rows made under 087dccbc60e19c34']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.ipc_sessions');
grant select (qr_id, subject_patient_id, organization_id, authored_on, session, delivery_format) on table engage_analytics_mart.ipc_sessions to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_locations() -%}
alter table engage_analytics_mart.locations owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.locations', 'pipec: rows made under 807385408fd76e8b', false, array['engage_analytics_stg.stg_location', 'engage_analytics_stg.stg_organization_affiliation']::text[], array['pipec: rows made under 230d8e9b609241fb', 'pipec: rows made under 94d608833f82ceb9']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.locations');
grant select (id, name, status, kind, street_address, city, state, zip, part_of_id, organization_id) on table engage_analytics_mart.locations to engage_analytics_exporter;
grant select (id, name, status, kind, street_address, city, state, zip, part_of_id, organization_id) on table engage_analytics_mart.locations to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_observations() -%}
alter table engage_analytics_mart.observations owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.observations', 'pipec: rows made under 7af9b9a9c9325b4e', false, array['engage_analytics_stg.stg_observation']::text[], array['pipec: rows made under 33051cf50e240e49']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.observations');
grant select (id, code, subject_id, response_id, observed_on, score) on table engage_analytics_mart.observations to engage_analytics_exporter;
grant select (id, code, subject_id, response_id, observed_on, score) on table engage_analytics_mart.observations to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_organizations() -%}
alter table engage_analytics_mart.organizations owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.organizations', 'pipec: rows made under de3c5834542205fc', false, array['engage_analytics_stg.stg_organization']::text[], array['pipec: rows made under e3657c0b0410f4d5']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.organizations');
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to analyst;
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to engage_analytics_exporter;
grant select (id, name, kind, active) on table engage_analytics_mart.organizations to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.organizations', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_patient() -%}
alter table engage_analytics_mart.patient owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.patient', 'pipec: rows made under a717390396d3cb62', false, array['engage_analytics_mart.encounters', 'engage_analytics_stg.stg_patient']::text[], array['pipec: rows made under 6e8a3b4cd937d78a', 'pipec: rows made under 07a08cb573d2fae0']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.patient');
grant select (id, active, gender, birth_date, age_years, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, organization_id, practitioner_id) on table engage_analytics_mart.patient to engage_analytics_exporter;
grant select (id, active, gender, birth_date, age_years, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, organization_id, practitioner_id) on table engage_analytics_mart.patient to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_patient_anon() -%}
alter table engage_analytics_mart.patient_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e');
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_patient', 'pipec: rows made under 07a08cb573d2fae0');
call engage_analytics_access.mark_rows('engage_analytics_mart.patient_anon', 'pipec: rows made under d857f10353d55c8c', false, array['engage_analytics_mart.patient']::text[], array['pipec: rows made under a717390396d3cb62']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.patient_anon');
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to analyst;
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to engage_analytics_exporter;
grant select (id, active, gender, age_band, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, organization_id, practitioner_id) on table engage_analytics_mart.patient_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.patient_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_practitioners() -%}
alter table engage_analytics_mart.practitioners owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.practitioners', 'pipec: rows made under b5a8dde183c2bc91', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.practitioners');
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners to engage_analytics_exporter;
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_practitioners_anon() -%}
alter table engage_analytics_mart.practitioners_anon owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.practitioners_anon', 'pipec: rows made under e1c718fe97817090', false, array['engage_analytics_mart.practitioners']::text[], array['pipec: rows made under b5a8dde183c2bc91']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.practitioners_anon');
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to analyst;
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to engage_analytics_exporter;
grant select (id, active, organization_id, role, family, given, phone, email) on table engage_analytics_mart.practitioners_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.practitioners_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_provider_activity() -%}
alter table engage_analytics_mart.provider_activity owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.provider_activity', 'pipec: rows made under 4a8719ce9fd8e9b6', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_header', 'engage_analytics_mart.practitioners', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under b5a8dde183c2bc91', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.provider_activity');
grant select (period_date, practitioner_id, organization_id, is_active_30d) on table engage_analytics_mart.provider_activity to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_1_month_follow_up() -%}
alter table engage_analytics_mart.qr_1_month_follow_up owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_1_month_follow_up', 'pipec: rows made under 7aadd6d3dc337b58', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_1_month_follow_up');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, schedule_note, follow_up_date, completed_interventions) on table engage_analytics_mart.qr_1_month_follow_up to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, schedule_note, follow_up_date, completed_interventions) on table engage_analytics_mart.qr_1_month_follow_up to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_1_month_follow_up_anon() -%}
alter table engage_analytics_mart.qr_1_month_follow_up_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_1_month_follow_up_anon', 'pipec: rows made under 1bb13b238dbbaaac', false, array['engage_analytics_mart.qr_1_month_follow_up']::text[], array['pipec: rows made under 7aadd6d3dc337b58']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_1_month_follow_up_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, schedule_note, follow_up_date, completed_interventions) on table engage_analytics_mart.qr_1_month_follow_up_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, schedule_note, follow_up_date, completed_interventions) on table engage_analytics_mart.qr_1_month_follow_up_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, schedule_note, follow_up_date, completed_interventions) on table engage_analytics_mart.qr_1_month_follow_up_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_1_month_follow_up_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_common_mental_health_symptoms() -%}
alter table engage_analytics_mart.qr_common_mental_health_symptoms owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_common_mental_health_symptoms', 'pipec: rows made under e0f4b88d93dfaa0e', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_common_mental_health_symptoms');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, patient_dob, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, patient_dob, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_common_mental_health_symptoms_anon() -%}
alter table engage_analytics_mart.qr_common_mental_health_symptoms_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_common_mental_health_symptoms_anon', 'pipec: rows made under fbad19bc617c5260', false, array['engage_analytics_mart.qr_common_mental_health_symptoms']::text[], array['pipec: rows made under e0f4b88d93dfaa0e']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_common_mental_health_symptoms_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, age_band, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, age_band, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, age_band, shows_pcl5) on table engage_analytics_mart.qr_common_mental_health_symptoms_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_common_mental_health_symptoms_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_confidentiality_session_1() -%}
alter table engage_analytics_mart.qr_confidentiality_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_confidentiality_session_1', 'pipec: rows made under bc3bb385acf98500', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_confidentiality_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_confidentiality_session_1_anon() -%}
alter table engage_analytics_mart.qr_confidentiality_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_confidentiality_session_1_anon', 'pipec: rows made under 3e8fe15bb5861bb4', false, array['engage_analytics_mart.qr_confidentiality_session_1']::text[], array['pipec: rows made under bc3bb385acf98500']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_confidentiality_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, questions_asked, discussed) on table engage_analytics_mart.qr_confidentiality_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_confidentiality_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_financial_wellness_tool() -%}
alter table engage_analytics_mart.qr_financial_wellness_tool owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_financial_wellness_tool', 'pipec: rows made under eda1d9434b8da00d', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_financial_wellness_tool');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_financial_wellness_tool_anon() -%}
alter table engage_analytics_mart.qr_financial_wellness_tool_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_financial_wellness_tool_anon', 'pipec: rows made under b1231dd14bb6b7f9', false, array['engage_analytics_mart.qr_financial_wellness_tool']::text[], array['pipec: rows made under eda1d9434b8da00d']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_financial_wellness_tool_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, money_stress, food_would_run_out, food_did_not_last, hard_to_pay_for_basics, monthly_income, no_financial_hardship, overall_financial_hardship, moderate_debt, high_debt, moderate_food_insecurity, high_food_insecurity, moderate_housing_insecurity, high_housing_insecurity, moderate_medical_hardships, moderate_paying_bills, high_paying_bills) on table engage_analytics_mart.qr_financial_wellness_tool_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_financial_wellness_tool_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_1() -%}
alter table engage_analytics_mart.qr_gad7_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_1', 'pipec: rows made under fe03ea68f9f4ad12', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_1_anon() -%}
alter table engage_analytics_mart.qr_gad7_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_1_anon', 'pipec: rows made under a36505aa8b075565', false, array['engage_analytics_mart.qr_gad7_session_1']::text[], array['pipec: rows made under fe03ea68f9f4ad12']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_gad7_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_2() -%}
alter table engage_analytics_mart.qr_gad7_session_2 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_2', 'pipec: rows made under fe03ea68f9f4ad12', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_2');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_2 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_2 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_2_anon() -%}
alter table engage_analytics_mart.qr_gad7_session_2_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_2_anon', 'pipec: rows made under a36505aa8b075565', false, array['engage_analytics_mart.qr_gad7_session_2']::text[], array['pipec: rows made under fe03ea68f9f4ad12']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_2_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_2_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_gad7_session_2_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_3() -%}
alter table engage_analytics_mart.qr_gad7_session_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_3', 'pipec: rows made under fe03ea68f9f4ad12', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_3 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_3_anon() -%}
alter table engage_analytics_mart.qr_gad7_session_3_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_3_anon', 'pipec: rows made under a36505aa8b075565', false, array['engage_analytics_mart.qr_gad7_session_3']::text[], array['pipec: rows made under fe03ea68f9f4ad12']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_3_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_3_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_3_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_3_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_gad7_session_3_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_4() -%}
alter table engage_analytics_mart.qr_gad7_session_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_4', 'pipec: rows made under fe03ea68f9f4ad12', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, patient_dob, total_score) on table engage_analytics_mart.qr_gad7_session_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_gad7_session_4_anon() -%}
alter table engage_analytics_mart.qr_gad7_session_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_gad7_session_4_anon', 'pipec: rows made under a36505aa8b075565', false, array['engage_analytics_mart.qr_gad7_session_4']::text[], array['pipec: rows made under fe03ea68f9f4ad12']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_gad7_session_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, nervous, cannot_stop_worrying, worrying_too_much, trouble_relaxing, restless, irritable, afraid, severity, age_band, total_score) on table engage_analytics_mart.qr_gad7_session_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_gad7_session_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_1() -%}
alter table engage_analytics_mart.qr_mood_rating_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_1', 'pipec: rows made under dae7c872c2cdce85', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_1_anon() -%}
alter table engage_analytics_mart.qr_mood_rating_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_1_anon', 'pipec: rows made under 0b3138cd094898ff', false, array['engage_analytics_mart.qr_mood_rating_session_1']::text[], array['pipec: rows made under dae7c872c2cdce85']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_mood_rating_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_2() -%}
alter table engage_analytics_mart.qr_mood_rating_session_2 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_2', 'pipec: rows made under dae7c872c2cdce85', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_2');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_2 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_2 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_2_anon() -%}
alter table engage_analytics_mart.qr_mood_rating_session_2_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_2_anon', 'pipec: rows made under 0b3138cd094898ff', false, array['engage_analytics_mart.qr_mood_rating_session_2']::text[], array['pipec: rows made under dae7c872c2cdce85']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_2_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_2_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_mood_rating_session_2_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_3() -%}
alter table engage_analytics_mart.qr_mood_rating_session_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_3', 'pipec: rows made under b7f161822a3feff8', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_3 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_3_anon() -%}
alter table engage_analytics_mart.qr_mood_rating_session_3_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_3_anon', 'pipec: rows made under 5a89443c8c635559', false, array['engage_analytics_mart.qr_mood_rating_session_3']::text[], array['pipec: rows made under b7f161822a3feff8']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_3_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_3_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_3_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_3_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_mood_rating_session_3_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_4() -%}
alter table engage_analytics_mart.qr_mood_rating_session_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_4', 'pipec: rows made under b7f161822a3feff8', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_mood_rating_session_4_anon() -%}
alter table engage_analytics_mart.qr_mood_rating_session_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mood_rating_session_4_anon', 'pipec: rows made under 5a89443c8c635559', false, array['engage_analytics_mart.qr_mood_rating_session_4']::text[], array['pipec: rows made under b7f161822a3feff8']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mood_rating_session_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, mood_reason, mood) on table engage_analytics_mart.qr_mood_rating_session_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_mood_rating_session_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_mw_tool() -%}
alter table engage_analytics_mart.qr_mw_tool owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mw_tool', 'pipec: rows made under 709e85b3567ada33', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mw_tool');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, patient_dob, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, patient_dob, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_mw_tool_anon() -%}
alter table engage_analytics_mart.qr_mw_tool_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mw_tool_anon', 'pipec: rows made under 6c8edd019d685544', false, array['engage_analytics_mart.qr_mw_tool']::text[], array['pipec: rows made under 709e85b3567ada33']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mw_tool_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, age_band, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, age_band, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, supervisor_advice, referred_to, age_band, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_mw_tool_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_mw_tool_session_4() -%}
alter table engage_analytics_mart.qr_mw_tool_session_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mw_tool_session_4', 'pipec: rows made under 94b1b5c6e2eeb1df', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mw_tool_session_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, patient_dob, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_session_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, patient_dob, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_session_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_mw_tool_session_4_anon() -%}
alter table engage_analytics_mart.qr_mw_tool_session_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_mw_tool_session_4_anon', 'pipec: rows made under 818db5bbcca0d6cb', false, array['engage_analytics_mart.qr_mw_tool_session_4']::text[], array['pipec: rows made under 94b1b5c6e2eeb1df']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_mw_tool_session_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, age_band, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_session_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, age_band, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_session_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, patient_age, down_or_hopeless, nervous_or_on_edge, restless, drinking_frequency, age_band, drinks_on_a_typical_day, wished_to_be_dead, suicide_risk, severe_mental_health, common_mental_health, alcohol_problem, drug_problem, no_mental_problem) on table engage_analytics_mart.qr_mw_tool_session_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_mw_tool_session_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_pc_ptsd_session_1() -%}
alter table engage_analytics_mart.qr_pc_ptsd_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_pc_ptsd_session_1', 'pipec: rows made under 87f1ac098d84e773', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_pc_ptsd_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, nightmares, avoidance, on_guard, numb, guilt) on table engage_analytics_mart.qr_pc_ptsd_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, nightmares, avoidance, on_guard, numb, guilt) on table engage_analytics_mart.qr_pc_ptsd_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_pc_ptsd_session_1_anon() -%}
alter table engage_analytics_mart.qr_pc_ptsd_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_pc_ptsd_session_1_anon', 'pipec: rows made under 5d8757133e7df7c0', false, array['engage_analytics_mart.qr_pc_ptsd_session_1']::text[], array['pipec: rows made under 87f1ac098d84e773']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_pc_ptsd_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, nightmares, avoidance, on_guard, numb, guilt) on table engage_analytics_mart.qr_pc_ptsd_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, nightmares, avoidance, on_guard, numb, guilt) on table engage_analytics_mart.qr_pc_ptsd_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, nightmares, avoidance, on_guard, numb, guilt) on table engage_analytics_mart.qr_pc_ptsd_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_pc_ptsd_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_1() -%}
alter table engage_analytics_mart.qr_phq9_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_1', 'pipec: rows made under 9577967bb8acd978', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_1_anon() -%}
alter table engage_analytics_mart.qr_phq9_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_1_anon', 'pipec: rows made under 25dfdde59536df76', false, array['engage_analytics_mart.qr_phq9_session_1']::text[], array['pipec: rows made under 9577967bb8acd978']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_phq9_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_2() -%}
alter table engage_analytics_mart.qr_phq9_session_2 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_2', 'pipec: rows made under 9577967bb8acd978', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_2');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_2 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_2 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_2_anon() -%}
alter table engage_analytics_mart.qr_phq9_session_2_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_2_anon', 'pipec: rows made under 25dfdde59536df76', false, array['engage_analytics_mart.qr_phq9_session_2']::text[], array['pipec: rows made under 9577967bb8acd978']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_2_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_2_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_phq9_session_2_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_3() -%}
alter table engage_analytics_mart.qr_phq9_session_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_3', 'pipec: rows made under 9577967bb8acd978', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_3 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_3_anon() -%}
alter table engage_analytics_mart.qr_phq9_session_3_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_3_anon', 'pipec: rows made under 25dfdde59536df76', false, array['engage_analytics_mart.qr_phq9_session_3']::text[], array['pipec: rows made under 9577967bb8acd978']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_3_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_3_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_3_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_3_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_phq9_session_3_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_4() -%}
alter table engage_analytics_mart.qr_phq9_session_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_4', 'pipec: rows made under 9577967bb8acd978', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, patient_dob, total_score) on table engage_analytics_mart.qr_phq9_session_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_phq9_session_4_anon() -%}
alter table engage_analytics_mart.qr_phq9_session_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_phq9_session_4_anon', 'pipec: rows made under 25dfdde59536df76', false, array['engage_analytics_mart.qr_phq9_session_4']::text[], array['pipec: rows made under 9577967bb8acd978']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_phq9_session_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, little_interest, feeling_down, sleep_trouble, low_energy, appetite, feeling_bad_about_self, concentration, psychomotor, thoughts_of_self_harm, difficulty, severity, age_band, total_score) on table engage_analytics_mart.qr_phq9_session_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_phq9_session_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_planning_next_steps() -%}
alter table engage_analytics_mart.qr_planning_next_steps owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_planning_next_steps', 'pipec: rows made under b41c33b7ea80021a', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_planning_next_steps');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, best_phone, referral_provider, referral_organization, refusal_reason, next_session_place, next_session_date, accepted_ipc, accepted_sbirt, accepted_fws, accepted_spi, accepted_referral) on table engage_analytics_mart.qr_planning_next_steps to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, best_phone, referral_provider, referral_organization, refusal_reason, next_session_place, next_session_date, accepted_ipc, accepted_sbirt, accepted_fws, accepted_spi, accepted_referral) on table engage_analytics_mart.qr_planning_next_steps to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_planning_next_steps_anon() -%}
alter table engage_analytics_mart.qr_planning_next_steps_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_planning_next_steps_anon', 'pipec: rows made under 33bc29a795bd1d25', false, array['engage_analytics_mart.qr_planning_next_steps']::text[], array['pipec: rows made under b41c33b7ea80021a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_planning_next_steps_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, best_phone, referral_provider, referral_organization, refusal_reason, next_session_place, next_session_date, accepted_ipc, accepted_sbirt, accepted_fws, accepted_spi, accepted_referral) on table engage_analytics_mart.qr_planning_next_steps_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, best_phone, referral_provider, referral_organization, refusal_reason, next_session_place, next_session_date, accepted_ipc, accepted_sbirt, accepted_fws, accepted_spi, accepted_referral) on table engage_analytics_mart.qr_planning_next_steps_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, best_phone, referral_provider, referral_organization, refusal_reason, next_session_place, next_session_date, accepted_ipc, accepted_sbirt, accepted_fws, accepted_spi, accepted_referral) on table engage_analytics_mart.qr_planning_next_steps_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_planning_next_steps_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_registration_info() -%}
alter table engage_analytics_mart.qr_registration_info owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_registration_info', 'pipec: rows made under e8be3f296eccf46a', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_registration_info');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, date_of_birth, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, date_of_birth, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_registration_info_anon() -%}
alter table engage_analytics_mart.qr_registration_info_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_registration_info_anon', 'pipec: rows made under c32033b3677f5948', false, array['engage_analytics_mart.qr_registration_info']::text[], array['pipec: rows made under e8be3f296eccf46a']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_registration_info_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, age_band, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, age_band, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, unique_id, first_name, middle_name, last_name, age_if_unknown, phone_number, email_address, physical_address, city, state, zip_code, sex_at_birth, gender_identity, gender_identity_other, pronouns, orientation, medicaid_number, learned_about_engage, learned_about_engage_other, age_band, registration_date, has_medicaid, received_services_before) on table engage_analytics_mart.qr_registration_info_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_registration_info_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_remove_patient() -%}
alter table engage_analytics_mart.qr_remove_patient owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_remove_patient', 'pipec: rows made under 6b28d74b79b8688d', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_remove_patient');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, reason_for_removal, age_at_death, other_reason, date_moved_away, date_of_death, patient_birthdate) on table engage_analytics_mart.qr_remove_patient to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, reason_for_removal, age_at_death, other_reason, date_moved_away, date_of_death, patient_birthdate) on table engage_analytics_mart.qr_remove_patient to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_remove_patient_anon() -%}
alter table engage_analytics_mart.qr_remove_patient_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_remove_patient_anon', 'pipec: rows made under c7335df6037a9930', false, array['engage_analytics_mart.qr_remove_patient']::text[], array['pipec: rows made under 6b28d74b79b8688d']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_remove_patient_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, reason_for_removal, age_at_death, other_reason, date_moved_away, date_of_death, age_band) on table engage_analytics_mart.qr_remove_patient_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, reason_for_removal, age_at_death, other_reason, date_moved_away, date_of_death, age_band) on table engage_analytics_mart.qr_remove_patient_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, reason_for_removal, age_at_death, other_reason, date_moved_away, date_of_death, age_band) on table engage_analytics_mart.qr_remove_patient_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_remove_patient_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_sbirt() -%}
alter table engage_analytics_mart.qr_sbirt owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sbirt', 'pipec: rows made under d1d77a6f7f919df3', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sbirt');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, patient_dob, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, patient_dob, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_sbirt_anon() -%}
alter table engage_analytics_mart.qr_sbirt_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sbirt_anon', 'pipec: rows made under a20bb1bdb5462287', false, array['engage_analytics_mart.qr_sbirt']::text[], array['pipec: rows made under d1d77a6f7f919df3']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sbirt_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, age_band, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, age_band, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, substance, reasons_to_change, reasons_to_stay, "limit", support_person, support_phone, age_band, days_used, readiness, weekly_spend) on table engage_analytics_mart.qr_sbirt_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_sbirt_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_1() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_1', 'pipec: rows made under 7c2badec505b540f', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_1_anon() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_1_anon', 'pipec: rows made under bb20a402e33a4b9a', false, array['engage_analytics_mart.qr_sf_pcl5_session_1']::text[], array['pipec: rows made under 7c2badec505b540f']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_sf_pcl5_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_2() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_2 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_2', 'pipec: rows made under 7c2badec505b540f', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_2');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_2 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_2 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_2_anon() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_2_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_2_anon', 'pipec: rows made under bb20a402e33a4b9a', false, array['engage_analytics_mart.qr_sf_pcl5_session_2']::text[], array['pipec: rows made under 7c2badec505b540f']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_2_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_2_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_sf_pcl5_session_2_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_3() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_3', 'pipec: rows made under 7c2badec505b540f', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_3_anon() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_3_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_3_anon', 'pipec: rows made under bb20a402e33a4b9a', false, array['engage_analytics_mart.qr_sf_pcl5_session_3']::text[], array['pipec: rows made under 7c2badec505b540f']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_3_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_3_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_sf_pcl5_session_3_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_4() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_4', 'pipec: rows made under 7c2badec505b540f', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, patient_dob, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_sf_pcl5_session_4_anon() -%}
alter table engage_analytics_mart.qr_sf_pcl5_session_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sf_pcl5_session_4_anon', 'pipec: rows made under bb20a402e33a4b9a', false, array['engage_analytics_mart.qr_sf_pcl5_session_4']::text[], array['pipec: rows made under 7c2badec505b540f']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sf_pcl5_session_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, memories, external_reminders, loss_of_interest, irritability, sleep, concentration, hypervigilance, startle, event, age_band, total_score) on table engage_analytics_mart.qr_sf_pcl5_session_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_sf_pcl5_session_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_sociodemographic_survey() -%}
alter table engage_analytics_mart.qr_sociodemographic_survey owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sociodemographic_survey', 'pipec: rows made under 0ad30ccd301aeca7', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sociodemographic_survey');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, ethnicity, race, race_other, marital_status, education, employment, employer_name, household_size, primary_language, housing, emergency_contact_name, emergency_contact_phone, patient_dob, veteran) on table engage_analytics_mart.qr_sociodemographic_survey to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, ethnicity, race, race_other, marital_status, education, employment, employer_name, household_size, primary_language, housing, emergency_contact_name, emergency_contact_phone, patient_dob, veteran) on table engage_analytics_mart.qr_sociodemographic_survey to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_sociodemographic_survey_anon() -%}
alter table engage_analytics_mart.qr_sociodemographic_survey_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_sociodemographic_survey_anon', 'pipec: rows made under 9aa3799ce7e8a7c0', false, array['engage_analytics_mart.qr_sociodemographic_survey']::text[], array['pipec: rows made under 0ad30ccd301aeca7']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_sociodemographic_survey_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, ethnicity, race, race_other, marital_status, education, employment, employer_name, household_size, primary_language, housing, emergency_contact_name, emergency_contact_phone, age_band, veteran) on table engage_analytics_mart.qr_sociodemographic_survey_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, ethnicity, race, race_other, marital_status, education, employment, employer_name, household_size, primary_language, housing, emergency_contact_name, emergency_contact_phone, age_band, veteran) on table engage_analytics_mart.qr_sociodemographic_survey_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, ethnicity, race, race_other, marital_status, education, employment, employer_name, household_size, primary_language, housing, emergency_contact_name, emergency_contact_phone, age_band, veteran) on table engage_analytics_mart.qr_sociodemographic_survey_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_sociodemographic_survey_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_1() -%}
alter table engage_analytics_mart.qr_spi_subform_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_1', 'pipec: rows made under cf6012a5b4903a6b', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, narrative, ideation, has_plan, has_access_to_means) on table engage_analytics_mart.qr_spi_subform_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, narrative, ideation, has_plan, has_access_to_means) on table engage_analytics_mart.qr_spi_subform_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_1_anon() -%}
alter table engage_analytics_mart.qr_spi_subform_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_1_anon', 'pipec: rows made under b811acc582b5d6ff', false, array['engage_analytics_mart.qr_spi_subform_1']::text[], array['pipec: rows made under cf6012a5b4903a6b']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, narrative, ideation, has_plan, has_access_to_means) on table engage_analytics_mart.qr_spi_subform_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, narrative, ideation, has_plan, has_access_to_means) on table engage_analytics_mart.qr_spi_subform_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, narrative, ideation, has_plan, has_access_to_means) on table engage_analytics_mart.qr_spi_subform_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_spi_subform_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_2() -%}
alter table engage_analytics_mart.qr_spi_subform_2 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_2', 'pipec: rows made under fdef020370268657', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_2');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_2_anon() -%}
alter table engage_analytics_mart.qr_spi_subform_2_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_2_anon', 'pipec: rows made under ec77da7005422770', false, array['engage_analytics_mart.qr_spi_subform_2']::text[], array['pipec: rows made under fdef020370268657']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, risk_level, supervisor_name, supervisor_phone) on table engage_analytics_mart.qr_spi_subform_2_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_spi_subform_2_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_3() -%}
alter table engage_analytics_mart.qr_spi_subform_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_3', 'pipec: rows made under 6681812496537ec7', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, consented) on table engage_analytics_mart.qr_spi_subform_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, consented) on table engage_analytics_mart.qr_spi_subform_3 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_3_anon() -%}
alter table engage_analytics_mart.qr_spi_subform_3_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_3_anon', 'pipec: rows made under e8f9fc6dedff6c10', false, array['engage_analytics_mart.qr_spi_subform_3']::text[], array['pipec: rows made under 6681812496537ec7']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_3_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, consented) on table engage_analytics_mart.qr_spi_subform_3_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, consented) on table engage_analytics_mart.qr_spi_subform_3_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, consented) on table engage_analytics_mart.qr_spi_subform_3_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_spi_subform_3_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_4() -%}
alter table engage_analytics_mart.qr_spi_subform_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_4', 'pipec: rows made under 90ca463ac319f021', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, warning_signs, coping, helper_1_name, helper_1_phone, helper_2_name, helper_2_phone, helper_3_name, helper_3_phone, clinic_name, clinic_phone, clinician_name, safe_place, hotline, safer_environment) on table engage_analytics_mart.qr_spi_subform_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, warning_signs, coping, helper_1_name, helper_1_phone, helper_2_name, helper_2_phone, helper_3_name, helper_3_phone, clinic_name, clinic_phone, clinician_name, safe_place, hotline, safer_environment) on table engage_analytics_mart.qr_spi_subform_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_spi_subform_4_anon() -%}
alter table engage_analytics_mart.qr_spi_subform_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_spi_subform_4_anon', 'pipec: rows made under a109a001d23c3347', false, array['engage_analytics_mart.qr_spi_subform_4']::text[], array['pipec: rows made under 90ca463ac319f021']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_spi_subform_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, warning_signs, coping, helper_1_name, helper_1_phone, helper_2_name, helper_2_phone, helper_3_name, helper_3_phone, clinic_name, clinic_phone, clinician_name, safe_place, hotline, safer_environment) on table engage_analytics_mart.qr_spi_subform_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, warning_signs, coping, helper_1_name, helper_1_phone, helper_2_name, helper_2_phone, helper_3_name, helper_3_phone, clinic_name, clinic_phone, clinician_name, safe_place, hotline, safer_environment) on table engage_analytics_mart.qr_spi_subform_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, warning_signs, coping, helper_1_name, helper_1_phone, helper_2_name, helper_2_phone, helper_3_name, helper_3_phone, clinic_name, clinic_phone, clinician_name, safe_place, hotline, safer_environment) on table engage_analytics_mart.qr_spi_subform_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_spi_subform_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_1() -%}
alter table engage_analytics_mart.qr_start_ipc_session_1 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_1', 'pipec: rows made under 1d14bbce693e3b37', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_1');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, person_1_name, person_1_change, person_2_name, person_2_change, person_3_name, person_3_change, person_4_name, person_4_change, disagreement, problem_area, patient_dob, session_date) on table engage_analytics_mart.qr_start_ipc_session_1 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, person_1_name, person_1_change, person_2_name, person_2_change, person_3_name, person_3_change, person_4_name, person_4_change, disagreement, problem_area, patient_dob, session_date) on table engage_analytics_mart.qr_start_ipc_session_1 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_1_anon() -%}
alter table engage_analytics_mart.qr_start_ipc_session_1_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_1_anon', 'pipec: rows made under 2dfa181e1702da7b', false, array['engage_analytics_mart.qr_start_ipc_session_1']::text[], array['pipec: rows made under 1d14bbce693e3b37']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_1_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, person_1_name, person_1_change, person_2_name, person_2_change, person_3_name, person_3_change, person_4_name, person_4_change, disagreement, problem_area, age_band, session_date) on table engage_analytics_mart.qr_start_ipc_session_1_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, person_1_name, person_1_change, person_2_name, person_2_change, person_3_name, person_3_change, person_4_name, person_4_change, disagreement, problem_area, age_band, session_date) on table engage_analytics_mart.qr_start_ipc_session_1_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, person_1_name, person_1_change, person_2_name, person_2_change, person_3_name, person_3_change, person_4_name, person_4_change, disagreement, problem_area, age_band, session_date) on table engage_analytics_mart.qr_start_ipc_session_1_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_start_ipc_session_1_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_2() -%}
alter table engage_analytics_mart.qr_start_ipc_session_2 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_2', 'pipec: rows made under b3d63e3b99770f59', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_2');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, patient_dob, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_2 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, patient_dob, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_2 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_2_anon() -%}
alter table engage_analytics_mart.qr_start_ipc_session_2_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_2_anon', 'pipec: rows made under 8385baa2316dcd69', false, array['engage_analytics_mart.qr_start_ipc_session_2']::text[], array['pipec: rows made under b3d63e3b99770f59']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_2_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, age_band, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_2_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, age_band, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_2_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, age_band, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_2_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_start_ipc_session_2_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_3() -%}
alter table engage_analytics_mart.qr_start_ipc_session_3 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_3', 'pipec: rows made under b3d63e3b99770f59', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_3');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, patient_dob, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_3 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, patient_dob, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_3 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_3_anon() -%}
alter table engage_analytics_mart.qr_start_ipc_session_3_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_3_anon', 'pipec: rows made under 8385baa2316dcd69', false, array['engage_analytics_mart.qr_start_ipc_session_3']::text[], array['pipec: rows made under b3d63e3b99770f59']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_3_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, age_band, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_3_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, age_band, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_3_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, work_at_home, strategy, age_band, session_date, work_at_home_done) on table engage_analytics_mart.qr_start_ipc_session_3_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_start_ipc_session_3_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_4() -%}
alter table engage_analytics_mart.qr_start_ipc_session_4 owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_4', 'pipec: rows made under 087dccbc60e19c34', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_int.int_qr_answers_long', 'engage_analytics_int.int_qr_header', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_questionnaire_response']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under f9b69e3a5d1aadd8', 'pipec: rows made under 45566110ed0775e6', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under 7516d0f1afbd08ff']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_4');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, ending_reason, skills_learned, connected_to_care_details, patient_dob, session_date, connected_to_care) on table engage_analytics_mart.qr_start_ipc_session_4 to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, ending_reason, skills_learned, connected_to_care_details, patient_dob, session_date, connected_to_care) on table engage_analytics_mart.qr_start_ipc_session_4 to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_qr_start_ipc_session_4_anon() -%}
alter table engage_analytics_mart.qr_start_ipc_session_4_anon owner to engage_analytics_owner;
call engage_analytics_access.refuse_older('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff');
call engage_analytics_access.mark_rows('engage_analytics_mart.qr_start_ipc_session_4_anon', 'pipec: rows made under 0e87bd664fe22add', false, array['engage_analytics_mart.qr_start_ipc_session_4']::text[], array['pipec: rows made under 087dccbc60e19c34']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.qr_start_ipc_session_4_anon');
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, ending_reason, skills_learned, connected_to_care_details, age_band, session_date, connected_to_care) on table engage_analytics_mart.qr_start_ipc_session_4_anon to analyst;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, ending_reason, skills_learned, connected_to_care_details, age_band, session_date, connected_to_care) on table engage_analytics_mart.qr_start_ipc_session_4_anon to engage_analytics_exporter;
grant select (qr_id, subject_patient_id, encounter_id, author_practitioner_id, organization_id, authored_on, patient_name, encounter_ref, delivery_format, ending_reason, skills_learned, connected_to_care_details, age_band, session_date, connected_to_care) on table engage_analytics_mart.qr_start_ipc_session_4_anon to privacy_officer;
call engage_analytics_access.hold_until('engage_analytics_mart.qr_start_ipc_session_4_anon', 'analyst', 'ED-2026-01', '2027-12-31');
{%- endmacro %}

{% macro pipec_access_to_stg_care_plan() -%}
alter table engage_analytics_stg.stg_care_plan owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_care_plan', 'pipec: rows made under 6af4180a133e1d88', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_care_plan');
grant select (id, status, title, description, subject_id, author_id, created_on, loaded_at) on table engage_analytics_stg.stg_care_plan to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_stg_care_team() -%}
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_care_team', 'pipec: rows made under 11a87b72d27277b0', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_care_team');
grant select (id, status, name, organization_id, members, loaded_at) on table engage_analytics_stg.stg_care_team to privacy_officer;
alter view engage_analytics_stg.stg_care_team set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_encounter() -%}
alter table engage_analytics_stg.stg_encounter owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_encounter', 'pipec: rows made under a2d5ce2f324f732e', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_encounter');
grant select (id, status, class_code, service, reason, subject_id, practitioner_id, encounter_date, period_start, period_end, loaded_at) on table engage_analytics_stg.stg_encounter to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_stg_location() -%}
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_location', 'pipec: rows made under 230d8e9b609241fb', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_location');
grant select (id, status, name, kind, street_address, city, state, zip, part_of_id, loaded_at) on table engage_analytics_stg.stg_location to privacy_officer;
alter view engage_analytics_stg.stg_location set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_observation() -%}
alter table engage_analytics_stg.stg_observation owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_observation', 'pipec: rows made under 33051cf50e240e49', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_observation');
grant select (id, status, code, subject_id, response_id, observed_on, score, loaded_at) on table engage_analytics_stg.stg_observation to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_stg_organization() -%}
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_organization', 'pipec: rows made under e3657c0b0410f4d5', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_organization');
grant select (id, active, name, kind, loaded_at) on table engage_analytics_stg.stg_organization to privacy_officer;
alter view engage_analytics_stg.stg_organization set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_organization_affiliation() -%}
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_organization_affiliation', 'pipec: rows made under 94d608833f82ceb9', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_organization_affiliation');
grant select (id, organization_id, location_id, loaded_at) on table engage_analytics_stg.stg_organization_affiliation to privacy_officer;
alter view engage_analytics_stg.stg_organization_affiliation set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_patient() -%}
alter table engage_analytics_stg.stg_patient owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_patient', 'pipec: rows made under 07a08cb573d2fae0', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_patient');
grant select (id, active, gender, birth_date, deceased, family, given, phone, email, street_address, city, state, zip, medicaid_number, registration_date, loaded_at) on table engage_analytics_stg.stg_patient to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_stg_practitioner() -%}
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_practitioner', 'pipec: rows made under b21e2faec33939a1', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_practitioner');
grant select (id, active, family, given, phone, email, loaded_at) on table engage_analytics_stg.stg_practitioner to privacy_officer;
alter view engage_analytics_stg.stg_practitioner set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_practitioner_role() -%}
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_practitioner_role', 'pipec: rows made under 4b88731cc035651a', false, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_practitioner_role');
grant select (id, active, practitioner_id, organization_id, role, loaded_at) on table engage_analytics_stg.stg_practitioner_role to privacy_officer;
alter view engage_analytics_stg.stg_practitioner_role set (security_barrier = true);
{%- endmacro %}

{% macro pipec_access_to_stg_questionnaire_response() -%}
alter table engage_analytics_stg.stg_questionnaire_response owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_questionnaire_response', 'pipec: rows made under 7516d0f1afbd08ff', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_questionnaire_response');
grant select (id, status, questionnaire_id, subject_id, encounter_id, author_id, authored_on, items, loaded_at) on table engage_analytics_stg.stg_questionnaire_response to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_stg_task() -%}
alter table engage_analytics_stg.stg_task owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_stg.stg_task', 'pipec: rows made under d767ee6d45403ce8', true, array[]::text[], array[]::text[]);
call engage_analytics_access.reset('engage_analytics_stg.stg_task');
grant select (id, status, code, name, description, subject_id, owner_id, authored_on, modified_on, loaded_at) on table engage_analytics_stg.stg_task to privacy_officer;
{%- endmacro %}

{% macro pipec_access_to_tasks() -%}
alter table engage_analytics_mart.tasks owner to engage_analytics_owner;
call engage_analytics_access.mark_rows('engage_analytics_mart.tasks', 'pipec: rows made under 0cb2662c577b3ede', false, array['engage_analytics_int.int_practitioner_organization', 'engage_analytics_stg.stg_care_team', 'engage_analytics_stg.stg_practitioner', 'engage_analytics_stg.stg_practitioner_role', 'engage_analytics_stg.stg_task']::text[], array['pipec: rows made under cace0eb84c897477', 'pipec: rows made under 11a87b72d27277b0', 'pipec: rows made under b21e2faec33939a1', 'pipec: rows made under 4b88731cc035651a', 'pipec: rows made under d767ee6d45403ce8']::text[]);
call engage_analytics_access.reset('engage_analytics_mart.tasks');
grant select (id, status, code, name, description, subject_id, practitioner_id, organization_id, authored_on, modified_on) on table engage_analytics_mart.tasks to engage_analytics_exporter;
grant select (id, status, code, name, description, subject_id, practitioner_id, organization_id, authored_on, modified_on) on table engage_analytics_mart.tasks to privacy_officer;
{%- endmacro %}
