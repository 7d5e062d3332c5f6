-- Tables that loads, runs and applications fill. One that is there already is left as it is, but for indexes and references it lacks.
-- Written by pipec from the project `efiche`; change it there, not here.
begin;
set local client_min_messages = error;
\o /dev/null
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec loads of efiche', 0));
\o
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
select exists (
    select from pg_catalog.pg_class as c
    where c.oid = any (array[to_regclass('operational.facilities'), to_regclass('operational.patients'), to_regclass('operational.encounters'), to_regclass('operational.procedures'), to_regclass('operational.diagnosis_codes'), to_regclass('operational.diagnoses'), to_regclass('operational.reports'), to_regclass('operational.padchest_staging'), to_regclass('operational.etl_audit_log'), to_regclass('operational.audit_log'), to_regclass('operational.padchest_files'), to_regclass('operational.padchest_quarantine'), to_regclass('operational.pipeline_runs')]) and c.relowner = pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))
) as new_tables \gset
\if :new_tables
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
\endif
commit;
