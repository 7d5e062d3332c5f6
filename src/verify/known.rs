//! Texts in PL/pgSQL that access needs, known by heart, and the two ways in which procedures begin. `hole_text_x` stands for a text, `hole_name_x`
//! for a name, `hole_list_x` for texts with commas; one name, one value.

pub(super) const ROLE: &str = "\
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = hole_text_role) then
        create role hole_name_role nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end";

pub(super) const GUARD: &str = "\
declare
    reader name;
begin
    if exists (select 1 from pg_catalog.pg_roles where rolname = hole_text_owner and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception hole_text_;
    end if;
    foreach reader in array array[hole_list_readers]::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception hole_text_, reader;
        end if;
        if pg_catalog.pg_has_role(reader, hole_text_owner, 'member') then
            raise exception hole_text_, reader;
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
            raise exception hole_text_, reader;
        end if;
    end loop;
    if not pg_catalog.pg_has_role(current_user, hole_text_owner, 'usage') then
        execute pg_catalog.format('grant %I to current_user', hole_text_owner);
    end if;
end";

/// One of two builds at once waits for the other.
pub(super) const LOCK: &str = "select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(hole_text_, 0))";

pub(super) const REFERENCE: &str = "\
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass(hole_text_table) and conname = hole_text_constraint) then
        alter table hole_name_.hole_name_ add constraint hole_name_constraint foreign key (hole_name_)
            references hole_name_.hole_name_ (hole_name_);
    end if;
end";

/// What builds have made, and whom they let into which schema.
pub(super) const REMEMBERED: &str = "\
begin
    create table if not exists hole_name_access.made (place name not null, name name not null, primary key (place, name));
    create table if not exists hole_name_access.entered (place name not null, reader name not null, primary key (place, reader));
    alter table hole_name_access.made owner to hole_name_owner;
    alter table hole_name_access.entered owner to hole_name_owner;
end";

const ONE_HEAD: &str = "(relation regclass) language plpgsql set search_path = pg_catalog, pg_temp as";

const CLOSE: &str = "\
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
end";

const RESET: &str = "\
declare
    found record;
begin
    insert into hole_name_access.made (place, name)
    select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = relation
    on conflict do nothing;
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    call hole_name_access.close(relation);
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end";

const TAKE_BACK_HEAD: &str =
    "(places name[], names name[], entered name[], readers name[]) language plpgsql set search_path = pg_catalog, pg_temp as";

const TAKE_BACK: &str = "\
declare
    found record;
begin
    for found in
        select m.place, m.name, c.oid::regclass as relation, c.relowner
        from hole_name_access.made as m
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
            call hole_name_access.reset(found.relation);
        end if;
        delete from hole_name_access.made as m where m.place = found.place and m.name = found.name;
    end loop;
    for found in
        select e.place, e.reader
        from hole_name_access.entered as e
        left join unnest(entered, readers) as kept (place, reader) on kept.place = e.place and kept.reader = e.reader
        where kept.place is null
    loop
        if exists (select from pg_namespace where nspname = found.place) and exists (select from pg_roles where rolname = found.reader) then
            execute format('revoke all on schema %I from %I cascade', found.place, found.reader);
        end if;
        delete from hole_name_access.entered as e where e.place = found.place and e.reader = found.reader;
    end loop;
    for found in
        select c.oid::regclass as relation from pg_class as c
        where c.relnamespace = to_regnamespace(hole_text_named) and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
    loop
        call hole_name_access.close(found.relation);
    end loop;
    insert into hole_name_access.entered (place, reader) select * from unnest(entered, readers) on conflict do nothing;
    for found in
        select p.oid::regprocedure as look_up, given.grantee
        from pg_proc as p
        cross join lateral aclexplode(p.proacl) as given
        where p.pronamespace = to_regnamespace(hole_text_named) and given.grantee <> p.proowner and pg_has_role(p.proowner, 'usage')
            and (given.grantee = 0 or pg_get_userbyid(given.grantee) <> all (readers))
    loop
        execute format(
            'revoke all on routine %s from %s cascade', found.look_up,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end";

const REFUSE_OLDER_HEAD: &str = "(relation text, mark text) language plpgsql set search_path = pg_catalog, pg_temp as";

const REFUSE_OLDER: &str = "\
begin
    if obj_description(to_regclass(relation), 'pg_class') is distinct from mark then
        raise exception hole_text_, relation using errcode = hole_text_, hint = hole_text_;
    end if;
end";

const MARK_ROWS_HEAD: &str =
    "(relation text, mark text, kept boolean, behind text[], marks text[]) language plpgsql set search_path = pg_catalog, pg_temp as";

const MARK_ROWS: &str = "\
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
end";

const HOLD_UNTIL_HEAD: &str =
    "(relation text, reader name, determination text, last date) language plpgsql set search_path = pg_catalog, pg_temp as";

const HOLD_UNTIL: &str = "\
begin
    if cast(now() at time zone 'UTC' as date) > last then
        execute format('revoke all on %s from %I cascade', to_regclass(relation), reader);
        raise warning hole_text_, determination, last, reader, relation;
    end if;
end";

/// What `mark_rows` is told of a table that is made anew, and of one that is kept.
pub(super) const MARKED: [(bool, &str); 2] = [
    (false, "hole_text_relation, hole_text_mark, false, array[hole_list_behind]::text[], array[hole_list_marks]::text[]"),
    (true, "hole_text_relation, hole_text_mark, true, array[hole_list_behind]::text[], array[hole_list_marks]::text[]"),
];

/// The procedure that every project has, whoever may read what.
pub(super) const DROP_UPON: &str = "drop_upon";

/// Procedures: name, how they begin, what they do where that is known here, the types of their parameters.
pub(super) const PROCEDURES: [(&str, &str, Option<&str>, &str); 7] = [
    // What it does is `drop_upon()`.
    (DROP_UPON, ONE_HEAD, None, "( regclass )"),
    ("close", ONE_HEAD, Some(CLOSE), "( regclass )"),
    ("reset", ONE_HEAD, Some(RESET), "( regclass )"),
    ("take_back", TAKE_BACK_HEAD, Some(TAKE_BACK), "( name [ ] , name [ ] , name [ ] , name [ ] )"),
    ("refuse_older", REFUSE_OLDER_HEAD, Some(REFUSE_OLDER), "( text , text )"),
    ("mark_rows", MARK_ROWS_HEAD, Some(MARK_ROWS), "( text , text , boolean , text [ ] , text [ ] )"),
    ("hold_until", HOLD_UNTIL_HEAD, Some(HOLD_UNTIL), "( text , name , text , date )"),
];

/// What `take_back` is told to leave.
pub(super) const LEFT: &str =
    "array[hole_list_places]::name[], array[hole_list_names]::name[], array[hole_list_entered]::name[], array[hole_list_readers]::name[]";

/// What makes way for a relation: what goes, what holds rows that stay, what is in the way.
type Way = [&'static str; 3];

/// First for a view, then for a materialized view, a table made anew, an incremental one, an incremental one that is made anew.
const WAYS: [Way; 5] = [
    [
        "stands like 'v%' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build'",
        "stands like 'rpipec: %'",
        "stands not like 'v%'",
    ],
    [
        "stands like 'vpipec: %' or stands like 'm%' or stands = 'rpipec: made anew by every build'",
        "stands like 'rpipec: %'",
        "stands not like 'm%'",
    ],
    [
        "stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build' or stands like 'r%' and stands not like 'rpipec: %'",
        "stands like 'rpipec: %' and stands <> 'rpipec: made anew by every build'",
        "stands not like 'r%'",
    ],
    [
        "stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build'",
        "stands = 'rpipec: filled by others'",
        "stands not like 'r%'",
    ],
    ["stands like 'r%' and stands <> 'rpipec: filled by others'", "stands = 'rpipec: filled by others'", "stands not like 'r%'"],
];

/// For a table that others fill. Who makes it may be somebody who loads, and calls no procedure.
const WAY_OF_OWN: Way = [
    "stands like 'vpipec: %' or stands like 'mpipec: %' or stands = 'rpipec: made anew by every build'",
    "stands like 'rpipec: rows made under %'",
    "stands not like 'r%' and stands not like 'p%'",
];

/// Drops what builds of the project made upon a relation, and stops where anything else depends on it.
fn clears(relation: &str, name: &str) -> String {
    format!(
        "    for above in
        with recursive upon (oid, depth) as (
            select {relation}::oid, 0
            union
            select r.ev_class, u.depth + 1
            from upon as u
            join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = u.oid
            join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
            where r.ev_type = '1' and r.ev_class <> u.oid
        )
        select format('%I.%I', n.nspname, c.relname) as relation, case c.relkind when 'm' then 'materialized view' else 'view' end as kind,
            n.nspname = any (array[hole_list_schemas]::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
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
        raise exception hole_text_, {name}, others;
    end if;
"
    )
}

/// The procedure that does so.
pub(super) fn drop_upon() -> String {
    format!("declare\n    above record;\n    others text;\nbegin\n{}end", clears("relation", "relation"))
}

/// The blocks that make way for a relation.
pub(super) fn ways() -> impl Iterator<Item = String> {
    let by_procedure = "    call hole_name_access.drop_upon(to_regclass(hole_text_relation));\n";
    let own = way(&WAY_OF_OWN, "    above record;\n    others text;\n", &clears("to_regclass(hole_text_relation)", "hole_text_relation"));
    WAYS.iter().map(|known| way(known, "", by_procedure)).chain([own])
}

fn way([gone, kept, other]: &Way, variables: &str, clears: &str) -> String {
    format!(
        "\
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass(hole_text_relation));
{variables}begin
    if not ({gone}) then
        if {kept} then
            raise exception hole_text_, hole_text_relation;
        elsif {other} then
            raise exception hole_text_, hole_text_relation;
        end if;
        return;
    elsif stands is null then
        return;
    end if;
{clears}    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, hole_text_relation);
end"
    )
}

/// Marks a table that others fill.
pub(super) const FILLED: &str = "\
begin
    if obj_description(to_regclass(hole_text_table), 'pg_class') is null then
        comment on table hole_name_.hole_name_ is 'pipec: filled by others';
    end if;
end";

/// How a function begins that writes changes of rows: with the rights of its owner, and no setting of a session in what it writes.
pub(super) const WRITER_HEAD: &str = "\
( ) returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
set intervalstyle = 'postgres' set bytea_output = 'hex' set extra_float_digits = 1 as";

/// What it does.
pub(super) const WRITER: &str = "\
begin
    insert into hole_name_schema.hole_name_log (table_name, operation, changed_at, changed_by, acting_as, row_key, old_row, new_row)
    select tg_argv[0], lower(tg_op), clock_timestamp(), session_user, nullif(current_setting('role'), 'none'),
        (select jsonb_object_agg(c.key, c.value) from jsonb_each(coalesce(to_jsonb(old), to_jsonb(new))) as c
            where jsonb_exists(tg_argv[1]::jsonb, c.key)),
        (select jsonb_object_agg(c.key, c.value) from jsonb_each(to_jsonb(old)) as c where jsonb_exists(tg_argv[2]::jsonb, c.key)),
        (select jsonb_object_agg(c.key, c.value) from jsonb_each(to_jsonb(new)) as c where jsonb_exists(tg_argv[2]::jsonb, c.key));
    return null;
end";

/// Takes such a function from everybody but its owner.
pub(super) const WRITER_CLOSED: &str = "\
declare
    writer regprocedure := pg_catalog.to_regprocedure(hole_text_function);
    other text;
begin
    for other in
        select pg_catalog.pg_get_userbyid(given.grantee)
        from pg_catalog.pg_proc as p cross join lateral pg_catalog.aclexplode(p.proacl) as given
        where p.oid = writer and given.grantee <> p.proowner and given.grantee <> 0
    loop
        execute pg_catalog.format('revoke all on function %s from %I cascade', writer, other);
    end loop;
end";

/// Partitions that are not there yet.
pub(super) const PARTITIONS: &str = "\
declare
    whole regclass := to_regclass(hole_text_whole);
    part record;
begin
    for part in select * from unnest(array[hole_list_names]::text[], array[hole_list_lows]::text[], array[hole_list_highs]::text[]) as p (name, low, high) loop
        if not exists (select from pg_catalog.pg_inherits where inhparent = whole and inhrelid = to_regclass(part.name)) then
            execute format('create table %s partition of %s for values from (%L) to (%L)', part.name, whole, part.low, part.high);
        end if;
    end loop;
    if not exists (select from pg_catalog.pg_inherits where inhparent = whole and inhrelid = to_regclass(hole_text_rest)) then
        execute format('create table %s partition of %s default', hole_text_rest, whole);
    end if;
end";
