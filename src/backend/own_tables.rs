//! Tables of the platform's own, as statements that create what is not there: columns with their defaults, keys, checks, references, indexes.
//! A table that is there keeps its columns: to change them is a migration, which nobody wants to happen by itself.

use super::access::{Access, in_dollars};
use super::audits;
use super::stands::{Upon, Wanted, make_way, mark_filled, schemas};
use super::text::{index_name, physical_name, schema_of, short_name};
use crate::base::Ident;
use crate::ir::{Assertion, AssertionKind, Column, Dialect, Fill, Literal, OwnTable, Part, Program, Search, Table, TableId, Type};
use crate::sql::{self, Gap, Host};
use std::collections::BTreeSet;

const DIALECT: Dialect = Dialect::Postgres;

/// All of them, who may reach them, and what audits them; `None` where there are none, or for a dialect that they are not written for.
///
/// # Errors
/// What a condition needs and the dialect lacks.
pub(super) fn statements(program: &Program, dialect: Dialect, access: Option<&Access<'_>>) -> Result<Option<String>, Gap> {
    let Some(mut out) = tables(program, dialect)? else { return Ok(None) };
    for (id, _) in program.tables().filter(|(_, t)| t.own().is_some()) {
        if let Some(access) = access {
            out.push_str(&access.after(id)?);
        }
    }
    out.push_str(&audits::statements(program, access));
    Ok(Some(out))
}

/// The tables alone.
///
/// # Errors
/// As [`statements`].
pub(super) fn tables(program: &Program, dialect: Dialect) -> Result<Option<String>, Gap> {
    let own: Vec<(&Table, &OwnTable)> = program.tables().filter_map(|(_, t)| Some((t, t.own()?))).collect();
    if own.is_empty() || dialect != DIALECT {
        return Ok(None);
    }
    let ours = schemas(program);
    let ours = ours.as_str();
    let places: BTreeSet<&Ident> = own.iter().map(|(t, _)| schema_of(program, t)).collect();
    let mut out: String = places.iter().map(|s| format!("create schema if not exists {};\n", ident(s))).collect();
    if own.iter().any(|(t, _)| t.columns.iter().any(|c| matches!(c.ty, Type::Vector(_)))) {
        out.push_str("create extension if not exists vector;\n");
    }
    for (table, own) in &own {
        out.push_str(&Made { program, table, own, ours }.create()?);
    }
    // All tables are there now, so that two may refer to each other.
    for (table, own) in &own {
        out.push_str(&Made { program, table, own, ours }.references());
    }
    Ok(Some(out))
}

/// Who may reach them and what audits them, for psql, where whoever loads has just made some: rows are loaded before the first build, and between a new load and the next one.
/// Nobody is to find a table that stands open as default privileges left it, or closed to those who may read it, and no row goes in that nobody audits.
///
/// # Errors
/// As [`statements`].
pub(super) fn given_where_new(program: &Program, access: Option<&Access<'_>>) -> Result<String, Gap> {
    if access.is_none() && !audits::any(program) {
        return Ok(String::new());
    }
    let own: Vec<(TableId, &Table)> = program.tables().filter(|(_, t)| t.own().is_some()).collect();
    let names: Vec<String> = own.iter().map(|(_, t)| format!("to_regclass({})", text(&qualified(program, t)))).collect();
    let mut out = format!(
        "\
select exists (
    select from pg_catalog.pg_class as c
    where c.oid = any (array[{}]) and c.relowner = pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))
) as new_tables \\gset
\\if :new_tables
",
        names.join(", ")
    );
    if let Some(access) = access {
        out.push_str(&access.setup());
        for (id, _) in own {
            out.push_str(&access.after(id)?);
        }
    }
    out.push_str(&audits::statements(program, access));
    out.push_str("\\endif\n");
    Ok(out)
}

struct Made<'p> {
    program: &'p Program,
    table: &'p Table,
    own: &'p OwnTable,
    /// The schemas that the program builds in.
    ours: &'p str,
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
        let way = make_way(Upon::Spelt(self.ours), &name, Wanted::Own);
        let spread =
            self.own.partitions.as_ref().map_or(String::new(), |p| format!(" partition by range ({})", columns(self.table, &[p.column])));
        let mut out =
            format!("{way}create table if not exists {name} (\n    {}\n){spread};\n{}", parts.join(",\n    "), mark_filled(&name));
        out.push_str(&self.partitions(&name));
        for index in &self.own.indexes {
            let searched_as = index.search.iter().flat_map(|s| [s.method.word(), s.distance.word()]);
            let called = index_name(physical_name(self.table), index.columns.iter().map(Ident::as_str).chain(searched_as));
            let keys: Vec<String> = index.columns.iter().map(ident).collect();
            let kind = if index.unique { "unique index" } else { "index" };
            let (using, class, with) = index.search.as_deref().map(searched).unwrap_or_default();
            out.push_str(&format!("create {kind} if not exists {} on {name}{using} ({}{class}){with};\n", ident(&called), keys.join(", ")));
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

    /// Partitions that are not there yet. A table that has one's name, and is none, stops the build.
    fn partitions(&self, name: &str) -> String {
        let Some(partitions) = &self.own.partitions else { return String::new() };
        let moment = self.table.columns.get(partitions.column as usize).is_some_and(|c| c.ty == Type::Timestamptz);
        let listed = |of: &dyn Fn(&Part) -> Option<String>| {
            let all: Vec<String> = partitions.parts(physical_name(self.table)).iter().filter_map(of).map(|t| text(&t)).collect();
            format!("array[{}]::text[]", all.join(", "))
        };
        let bound = |day: &str| if moment { format!("{day} 00:00:00+00") } else { day.to_owned() };
        let place = |part: &Part| format!("{}.{}", ident(schema_of(self.program, self.table)), ident(&part.name));
        let names = listed(&|p| p.days.as_ref().map(|_| place(p)));
        let lows = listed(&|p| p.days.as_ref().map(|(low, _)| bound(low)));
        let highs = listed(&|p| p.days.as_ref().map(|(_, high)| bound(high)));
        let rest = partitions.parts(physical_name(self.table)).last().map_or(String::new(), |p| text(&place(p)));
        let body = format!(
            "\
declare
    whole regclass := to_regclass({});
    part record;
begin
    for part in select * from unnest({names}, {lows}, {highs}) as p (name, low, high) loop
        if not exists (select from pg_catalog.pg_inherits where inhparent = whole and inhrelid = to_regclass(part.name)) then
            execute format('create table %s partition of %s for values from (%L) to (%L)', part.name, whole, part.low, part.high);
        end if;
    end loop;
    if not exists (select from pg_catalog.pg_inherits where inhparent = whole and inhrelid = to_regclass({rest})) then
        execute format('create table %s partition of %s default', {rest}, whole);
    end if;
end",
            text(name)
        );
        format!("do {};\n", in_dollars(&body))
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

/// What stands before, in and behind the columns of an index over vectors.
fn searched(search: &Search) -> (String, String, String) {
    let settings: Vec<String> = search.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let with = if settings.is_empty() { String::new() } else { format!(" with ({})", settings.join(", ")) };
    (format!(" using {}", search.method.word()), format!(" {}", search.distance.operator_class()), with)
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
