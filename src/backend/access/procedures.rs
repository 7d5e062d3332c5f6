//! Procedures that take rights back, and the tables that they remember by. `{schema}`, `{owner}` and `{named}` (the schema as a text) are filled in.

/// What builds have made, and whom they let into which schema: what is no longer said can be taken back only by who remembers it.
pub(super) const REMEMBERED: &str = "\
begin
    create table if not exists {schema}.made (place name not null, name name not null, primary key (place, name));
    create table if not exists {schema}.entered (place name not null, reader name not null, primary key (place, reader));
    alter table {schema}.made owner to {owner};
    alter table {schema}.entered owner to {owner};
end";

/// Takes back every right to a relation and to the sequences behind its columns, down to those that a holder passed on: default privileges gave
/// some when it was made.
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

/// Takes back every grant and policy of a relation: what a build says is all there is, whatever somebody added by hand.
const RESET: &str = "\
declare
    found record;
begin
    insert into {schema}.made (place, name)
    select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.oid = relation
    on conflict do nothing;
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    call {schema}.close(relation);
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end";

/// Takes back what earlier builds gave and this one does not: rights to tables and views that are no longer built, the way into schemas where
/// a role reads nothing any more, look-ups for roles that read nothing at all. Tables that belong to somebody else now are theirs to close.
const TAKE_BACK: &str = "\
declare
    found record;
begin
    for found in
        select m.place, m.name, c.oid::regclass as relation, c.relowner
        from {schema}.made as m
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
            call {schema}.reset(found.relation);
        end if;
        delete from {schema}.made as m where m.place = found.place and m.name = found.name;
    end loop;
    for found in
        select e.place, e.reader
        from {schema}.entered as e
        left join unnest(entered, readers) as kept (place, reader) on kept.place = e.place and kept.reader = e.reader
        where kept.place is null
    loop
        if exists (select from pg_namespace where nspname = found.place) and exists (select from pg_roles where rolname = found.reader) then
            execute format('revoke all on schema %I from %I cascade', found.place, found.reader);
        end if;
        delete from {schema}.entered as e where e.place = found.place and e.reader = found.reader;
    end loop;
    for found in
        select c.oid::regclass as relation from pg_class as c
        where c.relnamespace = to_regnamespace({named}) and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
    loop
        call {schema}.close(found.relation);
    end loop;
    insert into {schema}.entered (place, reader) select * from unnest(entered, readers) on conflict do nothing;
    for found in
        select p.oid::regprocedure as look_up, given.grantee
        from pg_proc as p
        cross join lateral aclexplode(p.proacl) as given
        where p.pronamespace = to_regnamespace({named}) and given.grantee <> p.proowner and pg_has_role(p.proowner, 'usage')
            and (given.grantee = 0 or pg_get_userbyid(given.grantee) <> all (readers))
    loop
        execute format(
            'revoke all on routine %s from %s cascade', found.look_up,
            case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
end";

/// Stops a build whose readers would get rows that were made under other masks or labels.
const REFUSE_OLDER: &str = "\
begin
    if obj_description(to_regclass(relation), 'pg_class') is distinct from mark then
        raise exception 'pipec: % has rows made under other masks or labels', relation
            using errcode = 'object_not_in_prerequisite_state', hint = 'have it made anew: dbt build --full-refresh, psql --set=full_refresh=1';
    end if;
end";

/// Says on a column of a relation under which masks and labels its rows were made: those of this build, where what it reads was made under those of
/// this program, too. What is kept from build to build never gets the mark back once it took in others.
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

/// Takes a relation back from a reader whose clearance stands on an Expert Determination that is over. Whoever reads reads today, whatever day the build
/// is for: so the server's own day counts. No error: who may read for another reason goes on.
const HOLD_UNTIL: &str = "\
begin
    if cast(now() at time zone 'UTC' as date) > last then
        execute format('revoke all on %s from %I cascade', to_regclass(relation), reader);
        raise warning 'pipec: determination % held until %, and % reads % no longer', determination, last, reader, relation;
    end if;
end";

/// Their names, parameters, types of these, bodies.
pub(super) const PROCEDURES: [(&str, &str, &str, &str); 6] = [
    ("close", "relation regclass", "regclass", CLOSE),
    ("reset", "relation regclass", "regclass", RESET),
    ("take_back", "places name[], names name[], entered name[], readers name[]", "name[], name[], name[], name[]", TAKE_BACK),
    ("refuse_older", "relation text, mark text", "text, text", REFUSE_OLDER),
    ("mark_rows", "relation text, mark text, kept boolean, behind text[], marks text[]", "text, text, boolean, text[], text[]", MARK_ROWS),
    ("hold_until", "relation text, reader name, determination text, last date", "text, name, text, date", HOLD_UNTIL),
];
