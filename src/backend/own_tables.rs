//! Tables of the platform's own, as statements that create what is not there: columns with their defaults, keys, checks, references, indexes.
//! A table that is there keeps its columns: to change them is a migration, which nobody wants to happen by itself.

use super::access::{Access, in_dollars};
use super::stands::{Wanted, make_way, mark_filled};
use super::text::{index_name, physical_name, schema_of, short_name};
use crate::base::Ident;
use crate::ir::{Assertion, AssertionKind, Column, Dialect, Fill, Literal, OwnTable, Program, Table, TableId};
use crate::sql::{self, Gap, Host};
use std::collections::BTreeSet;

const DIALECT: Dialect = Dialect::Postgres;

/// All of them, and who may reach them; `None` where there are none, or for a dialect that they are not written for.
///
/// # Errors
/// What a condition needs and the dialect lacks.
pub(super) fn statements(program: &Program, dialect: Dialect, access: Option<&Access<'_>>) -> Result<Option<String>, Gap> {
    let own: Vec<(TableId, &Table, &OwnTable)> = program.tables().filter_map(|(id, t)| Some((id, t, t.own()?))).collect();
    if own.is_empty() || dialect != DIALECT {
        return Ok(None);
    }
    let schemas: BTreeSet<&Ident> = own.iter().map(|(_, t, _)| schema_of(program, t)).collect();
    let mut out: String = schemas.iter().map(|s| format!("create schema if not exists {};\n", ident(s))).collect();
    for (_, table, own) in &own {
        out.push_str(&Made { program, table, own }.create()?);
    }
    // All tables are there now, so that two may refer to each other.
    for (_, table, own) in &own {
        out.push_str(&Made { program, table, own }.references());
    }
    for (id, ..) in &own {
        if let Some(access) = access {
            out.push_str(&access.after(*id)?);
        }
    }
    Ok(Some(out))
}

/// Takes back what default privileges gave of tables that no build has made its own yet: rows are loaded before the first build says who reads them.
pub(super) fn close_new(program: &Program) -> String {
    let own = program.tables().filter(|(_, t)| t.own().is_some());
    let names: Vec<String> = own.map(|(_, t)| format!("to_regclass({})", text(&qualified(program, t)))).collect();
    let body = format!(
        "\
declare
    found record;
begin
    for found in
        select c.oid::regclass as part, case c.relkind when 'S' then 'sequence' else 'table' end as kind, given.grantee
        from pg_catalog.pg_class as c
        cross join lateral pg_catalog.aclexplode(c.relacl) as given
        where c.relowner = pg_catalog.to_regrole(pg_catalog.quote_ident(current_user)) and given.grantee <> c.relowner and (
            c.oid = any (array[{0}])
            or c.relkind = 'S' and exists (
                select from pg_catalog.pg_depend as d
                where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
                    and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = any (array[{0}]) and d.deptype in ('a', 'i')
            )
        )
    loop
        execute pg_catalog.format(
            'revoke all on %s %s from %s cascade', found.kind, found.part,
            case when found.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(found.grantee)::text) end
        );
    end loop;
end",
        names.join(", ")
    );
    format!("do {};\n", in_dollars(&body))
}

struct Made<'p> {
    program: &'p Program,
    table: &'p Table,
    own: &'p OwnTable,
}

impl Made<'_> {
    fn create(&self) -> Result<String, Gap> {
        let name = self.name(self.table);
        let mut parts: Vec<String> = (0u32..).zip(&self.table.columns).map(|(at, c)| self.column(at, c)).collect();
        if !self.table.key.is_empty() {
            parts.push(format!("primary key ({})", columns(self.table, &self.table.key)));
        }
        for assertion in &self.table.assertions {
            parts.extend(match &assertion.kind {
                AssertionKind::Unique(of) if *of != self.table.key => Some(format!("unique ({})", columns(self.table, of))),
                _ => kept(self.table, assertion)?.map(|kept| format!("check ({})", kept.holds)),
            });
        }
        for check in &self.own.checks {
            parts.push(format!("check ({})", sql::expr(self.program, &check.condition, DIALECT, &Bare)?));
        }
        let way = make_way(&name, Wanted::Own);
        let mut out = format!("{way}create table if not exists {name} (\n    {}\n);\n{}", parts.join(",\n    "), mark_filled(&name));
        for index in &self.own.indexes {
            let called = index_name(physical_name(self.table), index.columns.iter().map(Ident::as_str));
            let keys: Vec<String> = index.columns.iter().map(ident).collect();
            let kind = if index.unique { "unique index" } else { "index" };
            out.push_str(&format!("create {kind} if not exists {} on {name} ({});\n", ident(&called), keys.join(", ")));
        }
        Ok(out)
    }

    fn column(&self, at: u32, column: &Column) -> String {
        let fill = self.own.defaults.iter().find(|(place, _)| *place == at).map(|(_, fill)| fill);
        let default = match fill {
            None => String::new(),
            Some(Fill::Identity) => " generated by default as identity".to_owned(),
            Some(Fill::Uuid) => " default gen_random_uuid()".to_owned(),
            Some(Fill::Now) => " default now()".to_owned(),
            Some(Fill::Today) => " default current_date".to_owned(),
            Some(Fill::Literal(value)) => format!(" default {}", literal(value)),
        };
        let null = if column.nullable { "" } else { " not null" };
        format!("{} {}{default}{null}", ident(&column.name), sql::type_name(&column.ty, DIALECT))
    }

    /// Foreign keys to tables of the platform's own, where the column they name is unique; others are tests only.
    fn references(&self) -> String {
        let mut out = String::new();
        for (c, other, theirs) in foreign_keys(self.program, self.table) {
            let column = columns(self.table, &[c]);
            let bare = self.table.columns.get(c as usize).map_or("", |c| c.name.as_str());
            let called = short_name(&format!("{}_{bare}", physical_name(self.table)), "fkey");
            let (table, target) = (self.name(self.table), format!("{} ({})", self.name(other), columns(other, &[theirs])));
            let there = format!("conrelid = to_regclass({}) and conname = {}", text(&table), text(called.as_str()));
            let body = format!(
                "begin\n    if not exists (select 1 from pg_catalog.pg_constraint where {there}) then\n        alter table {table} add constraint {} foreign key ({column}) references {target};\n    end if;\nend",
                ident(&called)
            );
            out.push_str(&format!("do {};\n", in_dollars(&body)));
        }
        out
    }

    fn name(&self, table: &Table) -> String {
        qualified(self.program, table)
    }
}

/// What every row of an own table keeps, beside its keys: as a load asks it of rows that are not in yet.
pub(super) struct Kept {
    /// The word of the language.
    pub(super) asked: &'static str,
    /// The column, or the name of the check.
    pub(super) place: String,
    /// The condition over the table's columns.
    pub(super) holds: String,
}

/// All conditions of an own table that Postgres keeps.
///
/// # Errors
/// As [`statements`].
pub(super) fn conditions(program: &Program, table: &Table) -> Result<Vec<Kept>, Gap> {
    let mut all = Vec::new();
    for assertion in &table.assertions {
        all.extend(kept(table, assertion)?);
    }
    for check in table.own().into_iter().flat_map(|own| &own.checks) {
        let holds = sql::expr(program, &check.condition, DIALECT, &Bare)?;
        all.push(Kept { asked: "check", place: check.name.to_string(), holds });
    }
    Ok(all)
}

/// What Postgres keeps itself of what a column says; what it does not, a test still asks.
fn kept(table: &Table, assertion: &Assertion) -> Result<Option<Kept>, Gap> {
    let column = |c: u32| columns(table, &[c]);
    let (asked, c, holds) = match &assertion.kind {
        AssertionKind::OneOf(c, values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            ("one_of", *c, format!("{} in ({})", column(*c), values.join(", ")))
        }
        AssertionKind::Between(c, low, high) => ("between", *c, format!("{} between {} and {}", column(*c), literal(low), literal(high))),
        AssertionKind::Matches(c, pattern) => {
            let Some(pattern) = sql::pattern(pattern, DIALECT) else {
                return Err(Gap { what: "a regular expression that its engine reads otherwise".to_owned(), at: assertion.at });
            };
            ("matches", *c, format!("{} ~ {}", column(*c), literal(&Literal::Text(pattern.into()))))
        }
        _ => return Ok(None),
    };
    let place = table.columns.get(c as usize).map_or(String::new(), |c| c.name.as_str().to_owned());
    Ok(Some(Kept { asked, place, holds }))
}

/// Columns that refer to another own table's unique column: its foreign keys.
pub(super) fn foreign_keys<'p>(program: &'p Program, table: &'p Table) -> impl Iterator<Item = (u32, &'p Table, u32)> {
    program.foreign_keys(table).into_iter().filter_map(|(column, to, theirs)| Some((column, program.table(to)?, theirs)))
}

/// A table's name with its schema.
pub(super) fn qualified(program: &Program, table: &Table) -> String {
    format!("{}.{}", ident(schema_of(program, table)), ident(&Ident::exact(physical_name(table))))
}

fn columns(table: &Table, places: &[u32]) -> String {
    let named = places.iter().filter_map(|c| table.columns.get(*c as usize));
    named.map(|c| ident(&c.name)).collect::<Vec<_>>().join(", ")
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}

fn literal(value: &Literal) -> String {
    sql::literal(value, DIALECT)
}

fn text(text: &str) -> String {
    literal(&Literal::Text(text.into()))
}

/// A check reads one row: no table, no run date.
struct Bare;

impl Host for Bare {
    fn table(&self, _: &Program, _: TableId) -> String {
        String::new()
    }

    fn run_date(&self) -> String {
        // Checks that ask for it were refused.
        "null".to_owned()
    }
}
