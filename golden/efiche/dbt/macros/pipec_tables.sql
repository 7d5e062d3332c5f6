{#- Tables that applications and loads fill. One that is there already is left as it is, but for indexes and references it lacks. -#}
{% macro pipec_tables() -%}
create schema if not exists operational;
create extension if not exists vector;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.facilities'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.facilities';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.facilities';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.facilities')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.facilities', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.facilities');
end
$body$;
create table if not exists operational.facilities (
    id uuid default gen_random_uuid() not null,
    name text not null,
    facility_type text not null,
    district text not null,
    primary key (id),
    unique (name),
    check (facility_type in ('hospital', 'clinic', 'health_centre', 'imaging_centre'))
);
do $body$
begin
    if obj_description(to_regclass('operational.facilities'), 'pg_class') is null then
        comment on table operational.facilities is 'pipec: filled by others';
    end if;
end
$body$;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.patients'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.patients';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.patients';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.patients')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.patients', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.patients');
end
$body$;
create table if not exists operational.patients (
    id uuid default gen_random_uuid() not null,
    first_name text not null,
    last_name text not null,
    date_of_birth date not null,
    sex text not null,
    phone text,
    district text,
    created_at timestamptz default now() not null,
    primary key (id),
    check (sex in ('F', 'M')),
    check (date_of_birth >= cast('1900-01-01' as date))
);
do $body$
begin
    if obj_description(to_regclass('operational.patients'), 'pg_class') is null then
        comment on table operational.patients is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists patients_last_name_first_name_idx on operational.patients (last_name, first_name);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.encounters'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.encounters';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.encounters';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.encounters')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.encounters', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.encounters');
end
$body$;
create table if not exists operational.encounters (
    id uuid default gen_random_uuid() not null,
    patient_id uuid not null,
    facility_id uuid not null,
    encounter_date timestamp not null,
    encounter_type text not null,
    source text default 'synthetic' not null,
    source_id text,
    primary key (id),
    check (encounter_type in ('outpatient', 'inpatient', 'emergency', 'follow_up', 'imaging')),
    check (source in ('synthetic', 'padchest')),
    unique (source_id),
    check (source <> 'padchest' or source_id is not null)
);
do $body$
begin
    if obj_description(to_regclass('operational.encounters'), 'pg_class') is null then
        comment on table operational.encounters is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists encounters_patient_id_encounter_date_idx on operational.encounters (patient_id, encounter_date);
create index if not exists encounters_facility_id_idx on operational.encounters (facility_id);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.procedures'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.procedures';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.procedures';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.procedures')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.procedures', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.procedures');
end
$body$;
create table if not exists operational.procedures (
    id uuid default gen_random_uuid() not null,
    encounter_id uuid not null,
    code text not null,
    name text not null,
    modality text not null,
    body_part text not null,
    performed_at timestamp not null,
    primary key (id)
);
do $body$
begin
    if obj_description(to_regclass('operational.procedures'), 'pg_class') is null then
        comment on table operational.procedures is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists procedures_encounter_id_idx on operational.procedures (encounter_id);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.diagnosis_codes'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.diagnosis_codes';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.diagnosis_codes';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.diagnosis_codes')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.diagnosis_codes', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.diagnosis_codes');
end
$body$;
create table if not exists operational.diagnosis_codes (
    code text not null,
    description text not null,
    chapter text not null,
    primary key (code),
    check (code ~ '^[A-Z][0-9]')
);
do $body$
begin
    if obj_description(to_regclass('operational.diagnosis_codes'), 'pg_class') is null then
        comment on table operational.diagnosis_codes is 'pipec: filled by others';
    end if;
end
$body$;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.diagnoses'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.diagnoses';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.diagnoses';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.diagnoses')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.diagnoses', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.diagnoses');
end
$body$;
create table if not exists operational.diagnoses (
    id uuid default gen_random_uuid() not null,
    encounter_id uuid not null,
    code text not null,
    is_primary boolean default false not null,
    primary key (id),
    unique (encounter_id, code)
);
do $body$
begin
    if obj_description(to_regclass('operational.diagnoses'), 'pg_class') is null then
        comment on table operational.diagnoses is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists diagnoses_code_idx on operational.diagnoses (code);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.reports'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.reports';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.reports';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.reports')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.reports', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.reports');
end
$body$;
create table if not exists operational.reports (
    id uuid default gen_random_uuid() not null,
    encounter_id uuid not null,
    report_type text not null,
    report_text text not null,
    text_embedding vector(384),
    created_at timestamptz default now() not null,
    primary key (id),
    check (report_type in ('radiology', 'pathology'))
);
do $body$
begin
    if obj_description(to_regclass('operational.reports'), 'pg_class') is null then
        comment on table operational.reports is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists reports_encounter_id_idx on operational.reports (encounter_id);
create index if not exists reports_text_embedding_hnsw_cosine_idx on operational.reports using hnsw (text_embedding vector_cosine_ops);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.padchest_staging'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.padchest_staging';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.padchest_staging';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.padchest_staging')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.padchest_staging', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.padchest_staging');
end
$body$;
create table if not exists operational.padchest_staging (
    image_id text not null,
    study_id text not null,
    patient_code text not null,
    study_date date not null,
    projection text not null,
    labels text not null,
    report text not null,
    processed boolean default false not null,
    processed_at timestamptz default null,
    loaded_at timestamptz default now() not null,
    primary key (image_id),
    check (projection in ('PA', 'AP', 'L')),
    check (processed = (processed_at is not null))
);
do $body$
begin
    if obj_description(to_regclass('operational.padchest_staging'), 'pg_class') is null then
        comment on table operational.padchest_staging is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists padchest_staging_processed_loaded_at_idx on operational.padchest_staging (processed, loaded_at);
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.etl_audit_log'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.etl_audit_log';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.etl_audit_log';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.etl_audit_log')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.etl_audit_log', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.etl_audit_log');
end
$body$;
create table if not exists operational.etl_audit_log (
    id bigint generated by default as identity not null,
    step text not null,
    started_at timestamptz default now() not null,
    rows_read integer default 0 not null,
    rows_written integer default 0 not null,
    status text not null,
    message text,
    primary key (id),
    check (status in ('done', 'failed')),
    check (rows_read >= 0 and rows_written >= 0)
);
do $body$
begin
    if obj_description(to_regclass('operational.etl_audit_log'), 'pg_class') is null then
        comment on table operational.etl_audit_log is 'pipec: filled by others';
    end if;
end
$body$;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.audit_log'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.audit_log';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.audit_log';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.audit_log')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.audit_log', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.audit_log');
end
$body$;
create table if not exists operational.audit_log (
    id bigint generated by default as identity not null,
    table_name text not null,
    operation text not null,
    changed_at timestamptz not null,
    changed_by text not null,
    acting_as text,
    row_key jsonb,
    old_row jsonb,
    new_row jsonb,
    primary key (id)
);
do $body$
begin
    if obj_description(to_regclass('operational.audit_log'), 'pg_class') is null then
        comment on table operational.audit_log is 'pipec: filled by others';
    end if;
end
$body$;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.padchest_files'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.padchest_files';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.padchest_files';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.padchest_files')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.padchest_files', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.padchest_files');
end
$body$;
create table if not exists operational.padchest_files (
    id bigint generated by default as identity not null,
    load text not null,
    run_date date not null,
    file text not null,
    sha256 text not null,
    bytes bigint not null,
    status text not null,
    error text,
    rows_read bigint not null,
    rows_inserted bigint not null,
    rows_updated bigint not null,
    rows_duplicate bigint not null,
    rows_quarantined bigint not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    primary key (id)
);
do $body$
begin
    if obj_description(to_regclass('operational.padchest_files'), 'pg_class') is null then
        comment on table operational.padchest_files is 'pipec: filled by others';
    end if;
end
$body$;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.padchest_quarantine'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.padchest_quarantine';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.padchest_quarantine';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.padchest_quarantine')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.padchest_quarantine', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.padchest_quarantine');
end
$body$;
create table if not exists operational.padchest_quarantine (
    batch_id bigint not null,
    file text not null,
    line bigint not null,
    reason text not null,
    place text,
    content text not null,
    characters bigint not null,
    quarantined_at timestamptz not null
);
do $body$
begin
    if obj_description(to_regclass('operational.padchest_quarantine'), 'pg_class') is null then
        comment on table operational.padchest_quarantine is 'pipec: filled by others';
    end if;
end
$body$;
do $body$
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass('operational.pipeline_runs'));
    above record;
    others text;
begin
    if not (stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build') then
        if stands like 'rpipec: rows made under %' then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', 'operational.pipeline_runs';
        elsif stands not like 'r%' and stands not like 'p%' then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', 'operational.pipeline_runs';
        end if;
        return;
    elsif stands is null then
        return;
    end if;
    for above in
        with recursive upon (oid, depth) as (
            select to_regclass('operational.pipeline_runs')::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array['efiche_dw', 'efiche_mart', 'efiche_stg', 'operational']::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
        from (select u.oid, max(u.depth) as depth from upon as u where u.depth > 0 group by u.oid) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        union
        select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), '', false, 0
        from (select distinct u.oid from upon as u) as u
        join pg_catalog.pg_class as c on c.oid = u.oid
        left join pg_catalog.pg_type as t on t.oid = c.reltype
        cross join lateral (
            values ('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_type'::regclass, t.oid), ('pg_catalog.pg_type'::regclass, t.typarray)
        ) as of (class, oid)
        join pg_catalog.pg_depend as d on d.refclassid = of.class and d.refobjid = of.oid and d.deptype = 'n'
        where not (d.classid = 'pg_catalog.pg_rewrite'::regclass and exists (select from pg_catalog.pg_rewrite as r where r.oid = d.objid and r.ev_type = '1'))
            and not (d.classid = 'pg_catalog.pg_class'::regclass and d.objid in (select u.oid from upon as u))
            and not exists (
                select from pg_catalog.pg_depend as own
                where own.classid = d.classid and own.objid = d.objid and own.refobjid = u.oid and own.deptype in ('a', 'i')
            )
        order by 3, 4 desc
    loop
        if above.relation is null then
            continue;
        elsif not above.ours then
            others := concat_ws(', ', others, above.relation);
        elsif others is null then
            execute format('drop %s if exists %s', above.kind, above.relation);
        end if;
    end loop;
    if others is not null then
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', 'operational.pipeline_runs', others;
    end if;
    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, 'operational.pipeline_runs');
end
$body$;
create table if not exists operational.pipeline_runs (
    id bigint generated by default as identity not null,
    pipeline text not null,
    run text not null,
    run_date date not null,
    step text,
    status text not null,
    tries integer not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    primary key (id),
    check (status in ('running', 'succeeded', 'failed', 'lost'))
);
do $body$
begin
    if obj_description(to_regclass('operational.pipeline_runs'), 'pg_class') is null then
        comment on table operational.pipeline_runs is 'pipec: filled by others';
    end if;
end
$body$;
create index if not exists pipeline_runs_pipeline_run_idx on operational.pipeline_runs (pipeline, run);
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass('operational.encounters') and conname = 'encounters_patient_id_fkey') then
        alter table operational.encounters add constraint encounters_patient_id_fkey foreign key (patient_id) references operational.patients (id);
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass('operational.encounters') and conname = 'encounters_facility_id_fkey') then
        alter table operational.encounters add constraint encounters_facility_id_fkey foreign key (facility_id) references operational.facilities (id);
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass('operational.procedures') and conname = 'procedures_encounter_id_fkey') then
        alter table operational.procedures add constraint procedures_encounter_id_fkey foreign key (encounter_id) references operational.encounters (id);
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass('operational.diagnoses') and conname = 'diagnoses_encounter_id_fkey') then
        alter table operational.diagnoses add constraint diagnoses_encounter_id_fkey foreign key (encounter_id) references operational.encounters (id);
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass('operational.diagnoses') and conname = 'diagnoses_code_fkey') then
        alter table operational.diagnoses add constraint diagnoses_code_fkey foreign key (code) references operational.diagnosis_codes (code);
    end if;
end
$body$;
do $body$
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass('operational.reports') and conname = 'reports_encounter_id_fkey') then
        alter table operational.reports add constraint reports_encounter_id_fkey foreign key (encounter_id) references operational.encounters (id);
    end if;
end
$body$;
alter table operational.facilities owner to efiche_owner;
call efiche_access.reset('operational.facilities');
grant select (id, name, facility_type, district) on table operational.facilities to clinician;
alter table operational.patients owner to efiche_owner;
call efiche_access.reset('operational.patients');
grant select (id, first_name, last_name, date_of_birth, sex, phone, district, created_at) on table operational.patients to clinician;
alter table operational.encounters owner to efiche_owner;
call efiche_access.reset('operational.encounters');
grant select (id, patient_id, facility_id, encounter_date, encounter_type, source, source_id) on table operational.encounters to clinician;
alter table operational.procedures owner to efiche_owner;
call efiche_access.reset('operational.procedures');
grant select (id, encounter_id, code, name, modality, body_part, performed_at) on table operational.procedures to clinician;
alter table operational.diagnosis_codes owner to efiche_owner;
call efiche_access.reset('operational.diagnosis_codes');
grant select (code, description, chapter) on table operational.diagnosis_codes to clinician;
alter table operational.diagnoses owner to efiche_owner;
call efiche_access.reset('operational.diagnoses');
grant select (id, encounter_id, code, is_primary) on table operational.diagnoses to clinician;
alter table operational.reports owner to efiche_owner;
call efiche_access.reset('operational.reports');
grant select (id, encounter_id, report_type, report_text, text_embedding, created_at) on table operational.reports to clinician;
alter table operational.padchest_staging owner to efiche_owner;
call efiche_access.reset('operational.padchest_staging');
grant select (image_id, study_id, patient_code, study_date, projection, labels, report, processed, processed_at, loaded_at) on table operational.padchest_staging to clinician;
alter table operational.etl_audit_log owner to efiche_owner;
call efiche_access.reset('operational.etl_audit_log');
grant select (id, step, started_at, rows_read, rows_written, status, message) on table operational.etl_audit_log to clinician;
alter table operational.audit_log owner to efiche_owner;
call efiche_access.reset('operational.audit_log');
grant select (id, table_name, operation, changed_at, changed_by, acting_as, row_key, old_row, new_row) on table operational.audit_log to clinician;
alter table operational.padchest_files owner to efiche_owner;
call efiche_access.reset('operational.padchest_files');
grant select (id, load, run_date, file, sha256, bytes, status, error, rows_read, rows_inserted, rows_updated, rows_duplicate, rows_quarantined, started_at, finished_at) on table operational.padchest_files to clinician;
alter table operational.padchest_quarantine owner to efiche_owner;
call efiche_access.reset('operational.padchest_quarantine');
grant select (batch_id, file, line, reason, place, content, characters, quarantined_at) on table operational.padchest_quarantine to clinician;
alter table operational.pipeline_runs owner to efiche_owner;
call efiche_access.reset('operational.pipeline_runs');
grant select (id, pipeline, run, run_date, step, status, tries, started_at, ended_at) on table operational.pipeline_runs to clinician;
create or replace function operational.audit_log_write() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
as $body$
begin
    insert into operational.audit_log (table_name, operation, changed_at, changed_by, acting_as, row_key, old_row, new_row)
    select tg_argv[0], lower(tg_op), clock_timestamp(), session_user, nullif(current_setting('role'), 'none'),
        (select jsonb_object_agg(c.key, c.value) from jsonb_each(coalesce(to_jsonb(old), to_jsonb(new))) as c where jsonb_exists(tg_argv[1]::jsonb, c.key)),
        (select jsonb_object_agg(c.key, c.value) from jsonb_each(to_jsonb(old)) as c where jsonb_exists(tg_argv[2]::jsonb, c.key)),
        (select jsonb_object_agg(c.key, c.value) from jsonb_each(to_jsonb(new)) as c where jsonb_exists(tg_argv[2]::jsonb, c.key));
    return null;
end
$body$;
revoke execute on function operational.audit_log_write() from public;
alter function operational.audit_log_write() owner to efiche_owner;
do $body$
declare
    writer regprocedure := pg_catalog.to_regprocedure('operational.audit_log_write()');
    other text;
begin
    for other in
        select pg_catalog.pg_get_userbyid(given.grantee)
        from pg_catalog.pg_proc as p cross join lateral pg_catalog.aclexplode(p.proacl) as given
        where p.oid = writer and given.grantee <> p.proowner and given.grantee <> 0
    loop
        execute pg_catalog.format('revoke all on function %s from %I cascade', writer, other);
    end loop;
end
$body$;
drop trigger if exists pipec_audit on operational.facilities;
drop trigger if exists pipec_audit_truncate on operational.facilities;
create or replace trigger pipec_audit after insert or update or delete on operational.patients
for each row execute function operational.audit_log_write('operational.patients', '["id"]', '["id","first_name","last_name","date_of_birth","sex","phone","district","created_at"]');
alter table operational.patients enable always trigger pipec_audit;
create or replace trigger pipec_audit_truncate after truncate on operational.patients
for each statement execute function operational.audit_log_write('operational.patients', '["id"]', '["id","first_name","last_name","date_of_birth","sex","phone","district","created_at"]');
alter table operational.patients enable always trigger pipec_audit_truncate;
create or replace trigger pipec_audit after insert or update or delete on operational.encounters
for each row execute function operational.audit_log_write('operational.encounters', '["id"]', '["id","patient_id","facility_id","encounter_date","encounter_type","source","source_id"]');
alter table operational.encounters enable always trigger pipec_audit;
create or replace trigger pipec_audit_truncate after truncate on operational.encounters
for each statement execute function operational.audit_log_write('operational.encounters', '["id"]', '["id","patient_id","facility_id","encounter_date","encounter_type","source","source_id"]');
alter table operational.encounters enable always trigger pipec_audit_truncate;
create or replace trigger pipec_audit after insert or update or delete on operational.procedures
for each row execute function operational.audit_log_write('operational.procedures', '["id"]', '["id","encounter_id","code","name","modality","body_part","performed_at"]');
alter table operational.procedures enable always trigger pipec_audit;
create or replace trigger pipec_audit_truncate after truncate on operational.procedures
for each statement execute function operational.audit_log_write('operational.procedures', '["id"]', '["id","encounter_id","code","name","modality","body_part","performed_at"]');
alter table operational.procedures enable always trigger pipec_audit_truncate;
drop trigger if exists pipec_audit on operational.diagnosis_codes;
drop trigger if exists pipec_audit_truncate on operational.diagnosis_codes;
create or replace trigger pipec_audit after insert or update or delete on operational.diagnoses
for each row execute function operational.audit_log_write('operational.diagnoses', '["id"]', '["id","encounter_id","code","is_primary"]');
alter table operational.diagnoses enable always trigger pipec_audit;
create or replace trigger pipec_audit_truncate after truncate on operational.diagnoses
for each statement execute function operational.audit_log_write('operational.diagnoses', '["id"]', '["id","encounter_id","code","is_primary"]');
alter table operational.diagnoses enable always trigger pipec_audit_truncate;
create or replace trigger pipec_audit after insert or update or delete on operational.reports
for each row execute function operational.audit_log_write('operational.reports', '["id"]', '["id","encounter_id","report_type","report_text","text_embedding","created_at"]');
alter table operational.reports enable always trigger pipec_audit;
create or replace trigger pipec_audit_truncate after truncate on operational.reports
for each statement execute function operational.audit_log_write('operational.reports', '["id"]', '["id","encounter_id","report_type","report_text","text_embedding","created_at"]');
alter table operational.reports enable always trigger pipec_audit_truncate;
drop trigger if exists pipec_audit on operational.padchest_staging;
drop trigger if exists pipec_audit_truncate on operational.padchest_staging;
drop trigger if exists pipec_audit on operational.etl_audit_log;
drop trigger if exists pipec_audit_truncate on operational.etl_audit_log;
drop trigger if exists pipec_audit on operational.audit_log;
drop trigger if exists pipec_audit_truncate on operational.audit_log;
drop trigger if exists pipec_audit on operational.padchest_files;
drop trigger if exists pipec_audit_truncate on operational.padchest_files;
drop trigger if exists pipec_audit on operational.padchest_quarantine;
drop trigger if exists pipec_audit_truncate on operational.padchest_quarantine;
drop trigger if exists pipec_audit on operational.pipeline_runs;
drop trigger if exists pipec_audit_truncate on operational.pipeline_runs;
{%- endmacro %}
