//! Triggers that write every change of an audited table's rows beside it. One function per table of changes writes them, with the rights of whoever owns
//! that table: who changes a row can neither leave its change out, nor write one by itself, nor read one.

use super::access::{Access, in_dollars};
use super::own_tables::qualified;
use super::text::{literal_text, physical_name, schema_of, short_name};
use crate::base::Ident;
use crate::ir::{Dialect, Program, Table};
use crate::sql;

/// The trigger of rows.
const CHANGES: &str = "pipec_audit";
/// The one of `truncate`, which tells of no rows.
const EMPTIED: &str = "pipec_audit_truncate";

/// Whether any table is audited.
pub(super) fn any(program: &Program) -> bool {
    program.tables().any(|(_, t)| t.own().is_some_and(|own| own.audit.is_some()))
}

/// The functions that write, and the triggers that call them; those of tables that are audited no longer go.
pub(super) fn statements(program: &Program, access: Option<&Access<'_>>) -> String {
    let mut out = String::new();
    for (_, log) in program.tables().filter(|(_, t)| t.own().is_some_and(|own| !own.changes_of.is_empty())) {
        out.push_str(&writer(program, log, access));
    }
    for (_, table, own) in program.tables().filter_map(|(id, t)| Some((id, t, t.own()?))) {
        let name = qualified(program, table);
        out.push_str(&match own.audit.and_then(|log| program.table(log)) {
            Some(log) => triggers(program, table, &name, log),
            None => [CHANGES, EMPTIED].map(|t| format!("drop trigger if exists {t} on {name};\n")).concat(),
        });
    }
    out
}

fn function(program: &Program, log: &Table) -> String {
    let ident = |name: &Ident| sql::ident(name, Dialect::Postgres);
    format!("{}.{}", ident(schema_of(program, log)), ident(&short_name(physical_name(log), "write")))
}

/// What a session may set must not change what is written: digits of numbers, forms of values.
fn writer(program: &Program, log: &Table, access: Option<&Access<'_>>) -> String {
    let (function, log) = (function(program, log), qualified(program, log));
    let row = |of: &str, listed: u8| {
        format!("(select jsonb_object_agg(c.key, c.value) from jsonb_each({of}) as c where jsonb_exists(tg_argv[{listed}]::jsonb, c.key))")
    };
    let body = format!(
        "\
begin
    insert into {log} (table_name, operation, changed_at, changed_by, acting_as, row_key, old_row, new_row)
    select tg_argv[0], lower(tg_op), clock_timestamp(), session_user, nullif(current_setting('role'), 'none'),
        {},
        {},
        {};
    return null;
end",
        row("coalesce(to_jsonb(old), to_jsonb(new))", 1),
        row("to_jsonb(old)", 2),
        row("to_jsonb(new)", 2),
    );
    let mut out = format!(
        "\
create or replace function {function}() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
as {};
revoke execute on function {function}() from public;
",
        in_dollars(&body)
    );
    if let Some(access) = access {
        out.push_str(&format!("alter function {function}() owner to {};\n", access.owner()));
    }
    out.push_str(&close(&function));
    out
}

/// Whoever may call it could hang it upon a table of his own, and write changes that nobody made: default privileges may have let somebody.
fn close(function: &str) -> String {
    let body = format!(
        "\
declare
    writer regprocedure := pg_catalog.to_regprocedure({});
    other text;
begin
    for other in
        select pg_catalog.pg_get_userbyid(given.grantee)
        from pg_catalog.pg_proc as p cross join lateral pg_catalog.aclexplode(p.proacl) as given
        where p.oid = writer and given.grantee <> p.proowner and given.grantee <> 0
    loop
        execute pg_catalog.format('revoke all on function %s from %I cascade', writer, other);
    end loop;
end",
        literal_text(&format!("{function}()"))
    );
    format!("do {};\n", in_dollars(&body))
}

/// `always`: also in a session that replays what another server did.
fn triggers(program: &Program, table: &Table, name: &str, log: &Table) -> String {
    let names = |columns: &mut dyn Iterator<Item = &Ident>| {
        let names: Vec<&str> = columns.map(Ident::as_str).collect();
        literal_text(&serde_json::to_string(&names).unwrap_or_default())
    };
    let key = names(&mut table.key.iter().filter_map(|c| table.columns.get(*c as usize)).map(|c| &c.name));
    let all = names(&mut table.columns.iter().map(|c| &c.name));
    let told = format!("{}, {key}, {all}", literal_text(&format!("{}.{}", schema_of(program, table), physical_name(table))));
    let function = function(program, log);
    let one = |trigger: &str, when: &str, each: &str| {
        format!(
            "create or replace trigger {trigger} after {when} on {name}\nfor each {each} execute function {function}({told});\nalter table {name} enable always trigger {trigger};\n"
        )
    };
    format!("{}{}", one(CHANGES, "insert or update or delete", "row"), one(EMPTIED, "truncate", "statement"))
}
