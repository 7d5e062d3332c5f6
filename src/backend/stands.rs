//! What stands under a relation's name already. `create table if not exists` takes a view for the table, and an insert then goes through it into
//! what the view reads; every other `create` just stops. So what an earlier build made there of another kind is dropped first, within the same
//! transaction; anything else is left alone, and stops the build. A comment tells what builds made: it goes with the relation, and needs no state. What
//! reads a relation that is dropped goes with it only if a build of this project made that, too.

use super::access::in_dollars;
use super::text::{literal_text, schema_of};
use crate::base::Ident;
use crate::ir::{Dialect, Program};
use crate::sql;
use std::collections::BTreeSet;

/// The comment of a view, and of a table that every build makes anew.
pub(super) const MADE: &str = "pipec: made anew by every build";

/// The comment of a table that applications and loads fill.
const FILLED: &str = "pipec: filled by others";

/// What is to stand under a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A view.
    View,
    /// A materialized view.
    Materialized,
    /// A table that every build makes anew.
    Table,
    /// An incremental table.
    Kept,
    /// An incremental table of which every row is made anew.
    Anew,
    /// A table that others fill.
    Own,
}

/// Until the end of the transaction, which comes soon after: dbt drops when what it makes is there.
const ONE_AT_A_TIME: &str = "    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pipec drops', 0));\n";

/// The schemas that a program builds in, as a list of texts: what lies elsewhere is somebody else's, whatever its comment says.
pub(super) fn schemas(program: &Program) -> String {
    let all: BTreeSet<&str> = program.tables.iter().filter(|t| !t.is_foreign()).map(|t| schema_of(program, t).as_str()).collect();
    all.into_iter().map(literal_text).collect::<Vec<_>>().join(", ")
}

/// How what stands upon a relation is dropped before it.
#[derive(Clone, Copy)]
pub(super) enum Upon<'a> {
    /// By a loop of its own: whoever loads makes no procedures. The schemas that the program builds in, as a list of texts.
    Spelt(&'a str),
    /// By the procedure of that name.
    Called(&'a str),
}

/// The procedure that [`Upon::Called`] calls: `demo_access.drop_upon`.
pub(super) fn procedure(program: &Program) -> String {
    format!("{}.drop_upon", access_schema(program))
}

/// The schema of what builds call.
fn access_schema(program: &Program) -> String {
    sql::ident(&Ident::exact(&format!("{}_access", program.project.name)), Dialect::Postgres)
}

/// Statements that make it. Two builds at once would change the same line of the catalog: one waits for the other.
pub(super) fn make_procedure(program: &Program) -> String {
    let (schema, own) = (access_schema(program), procedure(program));
    let key = literal_text(&format!("pipec build of {}", program.project.name));
    let body = format!("declare\n    above record;\n    others text;\nbegin\n{}end", clear("relation", "relation", &schemas(program)));
    format!(
        "\
-- Drops what builds made upon a relation that is made anew, and nothing that others made.
begin;
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({key}, 0));
create schema if not exists {schema};
revoke all on schema {schema} from public;
create or replace procedure {own}(relation regclass)
language plpgsql
set search_path = pg_catalog, pg_temp
as {};
revoke execute on procedure {own}(regclass) from public;
commit;
",
        in_dollars(&body)
    )
}

/// The loop that drops what builds of this project made upon a relation, and stops where anything else depends on it: views, foreign keys, functions,
/// columns of its row type. What depends on a part of the relation and belongs to it, such as its own constraints, goes with it. Nothing is dropped with
/// `cascade`, so that what this loop misses keeps the relation from being dropped. Another build may drop at once: `if exists`, by the name that the
/// query saw (of what is gone since, `regclass` has its number left, and `pg_describe_object` nothing).
fn clear(relation: &str, name: &str, schemas: &str) -> String {
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
            n.nspname = any (array[{schemas}]::name[]) and coalesce(obj_description(c.oid, 'pg_class'), '') like 'pipec: %' as ours, u.depth
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
        raise exception 'pipec: % is to be made anew, and no build of this project made what depends on it: %. Drop that, and make it again afterwards', {name}, others;
    end if;
"
    )
}

/// The same for dbt, of the relation that a macro is told. One thread at a time: two that drop views upon two relations would wait for each other.
pub(super) fn clear_in_dbt(schemas: &str) -> String {
    let name = "'{{ relation | string | replace(\"'\", \"''\") }}'";
    let body = clear(&format!("to_regclass({name})"), name, schemas);
    format!("do $pipec$\ndeclare\n    above record;\n    others text;\nbegin\n{ONE_AT_A_TIME}{body}end\n$pipec$;")
}

/// A statement that drops what builds have made under this name, if it is of another kind or made anew each time, with what builds made upon it; and
/// stops the build where something else is in the way.
pub(super) fn make_way(upon: Upon<'_>, name: &str, wanted: Wanted) -> String {
    use Wanted::{Anew, Kept, Materialized, Own, Table, View};
    let mut gone = Vec::new();
    if wanted != Anew {
        gone.push(if wanted == View { "stands like 'v%'" } else { "stands like 'vpipec: %'" }.to_owned());
        gone.push(if wanted == Materialized { "stands like 'm%'" } else { "stands like 'mpipec: %'" }.to_owned());
    }
    gone.push(match wanted {
        // Of one kind, what is there is taken for an earlier build's, as dbt takes it.
        Table => format!("stands = 'r{MADE}' or stands like 'r%' and stands not like 'rpipec: %'"),
        Anew => format!("stands like 'r%' and stands <> 'r{FILLED}'"),
        _ => format!("stands = 'r{MADE}'"),
    });
    let kept = match wanted {
        View | Materialized => "stands like 'rpipec: %'".to_owned(),
        Table => format!("stands like 'rpipec: %' and stands <> 'r{MADE}'"),
        Kept | Anew => format!("stands = 'r{FILLED}'"),
        Own => "stands like 'rpipec: rows made under %'".to_owned(),
    };
    let other = match wanted {
        View => "stands not like 'v%'",
        Materialized => "stands not like 'm%'",
        Table | Kept | Anew => "stands not like 'r%'",
        Own => "stands not like 'r%' and stands not like 'p%'",
    };
    let named = literal_text(name);
    let (variables, clear) = match upon {
        Upon::Spelt(schemas) => ("    above record;\n    others text;\n", clear(&format!("to_regclass({named})"), &named, schemas)),
        Upon::Called(procedure) => ("", format!("    call {procedure}(to_regclass({named}));\n")),
    };
    let body = format!(
        "\
declare
    stands text := (select relkind::text || coalesce(obj_description(oid, 'pg_class'), '') from pg_catalog.pg_class where oid = to_regclass({named}));
{variables}begin
    if not ({gone}) then
        if {kept} then
            raise exception 'pipec: % holds rows that no build makes anew: drop it if they may go', {named};
        elsif {other} then
            raise exception 'pipec: % is in the way, and no mark says that a build made it: rename it, or drop it', {named};
        end if;
        return;
    elsif stands is null then
        return;
    end if;
{clear}    execute format('drop %s if exists %s', case left(stands, 1) when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, {named});
end",
        gone = gone.join(" or "),
    );
    format!("do {};\n", in_dollars(&body))
}

/// Marks a table that others fill, unless somebody has said something about it.
pub(super) fn mark_filled(name: &str) -> String {
    let body = format!(
        "begin\n    if obj_description(to_regclass({}), 'pg_class') is null then\n        comment on table {name} is {};\n    end if;\nend",
        literal_text(name),
        literal_text(FILLED)
    );
    format!("do {};\n", in_dollars(&body))
}

/// Marks a view, or a table that every build makes anew.
pub(super) fn mark(kind: &str, name: &str) -> String {
    format!("comment on {kind} {name} is {};\n", literal_text(MADE))
}
