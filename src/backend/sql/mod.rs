//! Plain SQL, one folder per dialect: a file per table in the order of building, checks at the end, and an index of them.

mod bigquery;
mod bq;
pub(super) mod bq_access;
mod duckdb;
pub(super) mod host;
mod postgres;
mod sqlite;

#[cfg(test)]
mod tests;

use super::access::Access;
use super::{Backend, FileTree, assertion, own_tables, setup, text};
use crate::base::Ident;
use crate::check::{Checked, residue::Marks};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Column, Dialect, Materialization, Model, ModelRole, Program, SeedTable, Table, TableId, TableKind, Type};
use crate::sql::Gap;
pub(super) use bigquery::{clusters, refuses as bigquery_refuses};
use host::{Names, SqlHost};
use rayon::prelude::*;

/// The back end.
pub(super) struct Sql;

impl Backend for Sql {
    fn id(&self) -> &'static str {
        "sql"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let marks = Marks::of(program);
        let program = program.program();
        let dialect = program.project.warehouse.as_ref().map_or(Dialect::Sqlite, |w| w.dialect);
        match dialect {
            Dialect::Postgres => {
                match files(program, &marks, &postgres::Postgres) {
                    Ok(files) => {
                        write(program, dialect, files, out, diagnostics);
                        refresh(program, out, diagnostics);
                    }
                    Err(gaps) => refuse(gaps, dialect, diagnostics),
                }
                // SQLite comes along when it can; a project for Postgres owes it nothing.
                let files = match one_to_sqlite(program) {
                    Some(gap) => Err(vec![gap]),
                    None => files(program, &marks, &sqlite::Sqlite),
                };
                match files {
                    Ok(files) => write(program, Dialect::Sqlite, files, out, diagnostics),
                    Err(gaps) => gaps.into_iter().take(1).for_each(|gap| diagnostics.push(left_out(gap))),
                }
            }
            Dialect::Sqlite => match files(program, &marks, &sqlite::Sqlite) {
                Ok(files) => write(program, dialect, files, out, diagnostics),
                Err(gaps) => refuse(gaps, dialect, diagnostics),
            },
            Dialect::DuckDb => match files(program, &marks, &duckdb::DuckDb) {
                Ok(files) => write(program, dialect, files, out, diagnostics),
                Err(gaps) => refuse(gaps, dialect, diagnostics),
            },
            Dialect::BigQuery => match files(program, &marks, &bigquery::BigQuery) {
                Ok(files) => {
                    write(program, dialect, files, out, diagnostics);
                    bq::script(program, out, diagnostics);
                }
                Err(gaps) => refuse(gaps, dialect, diagnostics),
            },
        }
    }
}

/// `refresh.sql`: brings materialized views up to date between builds, each after those it reads.
fn refresh(program: &Program, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let names = Names::new(program, Dialect::Postgres);
    let views = program.models().filter(|(_, _, m)| m.materialization == Materialization::MaterializedView);
    let statements: String = views.map(|(id, _, model)| format!("{};\n", postgres::refresh(names.of(id), model))).collect();
    if !statements.is_empty() {
        let says = text::header("Brings materialized views up to date between builds.", &text::whole_project(program));
        let text = format!("{}{statements}", text::comment("--", &says));
        text::put(out, diagnostics, "sql/postgres/refresh.sql", program.project.at, text);
    }
}

fn refuse(gaps: Vec<Gap>, dialect: Dialect, diagnostics: &mut Diagnostics) {
    gaps.into_iter().for_each(|gap| diagnostics.push(text::gap(gap, dialect)));
}

fn left_out(gap: Gap) -> Diagnostic {
    Diagnostic::warning(Code::DialectGap, gap.at, format!("sqlite cannot express {}, so `sql/sqlite` is left out", gap.what))
}

/// Two tables, or two columns of one, that SQLite takes for one: it finds them whatever the case of their letters.
fn one_to_sqlite(program: &Program) -> Option<Gap> {
    let mut there = std::collections::BTreeSet::new();
    let twice = |table: &&Table| {
        let mut columns = std::collections::BTreeSet::new();
        let name = format!("{}.{}", text::schema_of(program, table), text::physical_name(table)).to_lowercase();
        !there.insert(name) || table.columns.iter().any(|c| !columns.insert(c.name.as_str().to_lowercase()))
    };
    let found = program.tables.iter().filter(|t| is_built(t)).find(twice)?;
    Some(Gap { what: "names that differ in case alone".to_owned(), at: found.at })
}

/// How one dialect keeps tables.
trait Keeper: Sync {
    fn dialect(&self) -> Dialect;
    /// What it cannot keep of a table.
    fn refuses(&self, _program: &Program, _table: &Table) -> Option<Gap> {
        None
    }
    /// The procedure that drops what stands upon a relation, where a dialect has one.
    fn upon(&self, _program: &Program) -> String {
        String::new()
    }
    /// Statements before all others.
    fn schemas(&self, program: &Program) -> Option<String>;
    /// Statements that build a model anew or bring it up to date; safe to run again.
    fn model(&self, on: &On<'_>, model: &Model, query: &str) -> String;
    /// Statements that fill a seed.
    fn seed(&self, on: &On<'_>, seed: &SeedTable) -> String;
    /// Lines that give a file the run date when it needs one.
    fn run_date_preamble(&self) -> &'static str;
}

/// A table being written.
struct On<'a> {
    table: &'a Table,
    /// Under which masks and labels the rows of an incremental table are made.
    mark: Option<&'a str>,
    dialect: Dialect,
    /// Its name with everything in front of it.
    name: String,
    /// The schema's part of it, with its dot; empty where there are none.
    schema: String,
    /// How the run date is written.
    run_date: String,
    /// The procedure that drops what stands upon a relation.
    upon: &'a str,
}

impl On<'_> {
    fn ident(&self, name: &Ident) -> String {
        crate::sql::ident(name, self.dialect)
    }

    fn columns(&self) -> String {
        self.table.columns.iter().map(|c| self.ident(&c.name)).collect::<Vec<_>>().join(", ")
    }

    fn definitions(&self, not_null: bool) -> String {
        let define = |c: &Column| {
            let ty = crate::sql::type_name(if c.ty == Type::Unknown { &Type::TEXT } else { &c.ty }, self.dialect);
            format!("    {} {ty}{}", self.ident(&c.name), if not_null && !c.nullable { " not null" } else { "" })
        };
        self.table.columns.iter().map(define).collect::<Vec<_>>().join(",\n")
    }

    /// The rows of a query that an incremental model takes: on a table that has rows, those at or after its greatest cursor,
    /// and always those without one.
    fn new_rows(&self, query: &str, cursor: Option<&Ident>) -> String {
        if let TableKind::Model(model) = &self.table.kind
            && let Materialization::Incremental { key, history: true, .. } = &model.materialization
        {
            let columns = self.table.columns.iter().map(|c| &c.name).collect();
            let history = crate::sql::History { columns, key, query, kept: &self.name, run_date: &self.run_date };
            return history.changes(self.dialect, &|name| self.ident(name));
        }
        let kept = text::Kept::of(self.table, &self.name, |name| self.ident(name));
        let taken: Vec<String> = self.table.columns.iter().map(|c| format!("    {}", kept.column(c))).collect();
        let mut out = format!("with new_rows as (\n\n{query}\n\n)\nselect\n{}\nfrom new_rows{}", taken.join(",\n"), kept.join());
        let batched = text::batched(self.table);
        if let Some(cursor) = cursor {
            let nullable = self.table.columns.iter().any(|c| c.name == *cursor && c.nullable);
            let cursor = self.ident(cursor);
            let missing = if nullable { format!("new_rows.{cursor} is null\n   or ") } else { String::new() };
            let (open, close) = if batched.is_some() && nullable { ("(", ")") } else { ("", "") };
            out.push_str(&format!(
                "\nwhere {open}{missing}new_rows.{cursor} >= coalesce((select max(old_rows.{cursor}) from {} as old_rows), new_rows.{cursor}){close}",
                self.name
            ));
        }
        if let Some((_, key)) = batched {
            out.push_str(&text::not_there(key, &self.name, |name| self.ident(name)));
        }
        out
    }
}

/// A file: what it is called after its number, and its text.
struct File {
    stem: String,
    text: String,
}

/// What the files of one dialect are made with.
struct Printing<'p> {
    program: &'p Program,
    marks: &'p Marks,
    keeper: &'p dyn Keeper,
    /// The procedure that drops what stands upon a relation.
    upon: String,
    names: &'p Names,
    host: SqlHost<'p>,
    /// Who may reach what, in Postgres.
    access: Option<Access<'p>>,
    /// And in BigQuery.
    bigquery: Option<bq_access::Written<'p>>,
}

impl Printing<'_> {
    /// What makes a table, between what shuts it and what opens it.
    fn table(&self, id: TableId, table: &Table) -> Result<String, Gap> {
        if let Some(gap) = self.keeper.refuses(self.program, table) {
            return Err(gap);
        }
        let made = self.made(id, table)?;
        match (&self.access, &self.bigquery) {
            (Some(access), _) => Ok(within(made, &access.after(id)?)),
            (None, Some(written)) => written.around(id).map(|around| format!("{}{made}{}", around.before, around.after)),
            (None, None) => Ok(made),
        }
    }

    fn made(&self, id: TableId, table: &Table) -> Result<String, Gap> {
        let (program, dialect) = (self.program, self.keeper.dialect());
        let on = On {
            table,
            mark: self.marks.get(id),
            dialect,
            name: self.names.of(id).to_owned(),
            schema: self.names.schema_prefix(program, table),
            run_date: crate::sql::Host::run_date(&self.host),
            upon: &self.upon,
        };
        Ok(match &table.kind {
            TableKind::Model(model) => {
                let query = crate::sql::query(program, &model.query, dialect, &self.host)?.trim_end().to_owned();
                let query = match (&self.access, &self.bigquery) {
                    (Some(access), _) => access.filtered(id, query, |text| text)?,
                    (None, Some(written)) => written.filtered(id, query, |text| text)?,
                    (None, None) => query,
                };
                if text::batched(table).is_some() && dialect == Dialect::Postgres && reads_run_date(&query) {
                    return Err(Gap { what: "`run_date` in a model that takes in batches".to_owned(), at: table.at });
                }
                self.keeper.model(&on, model, &query)
            }
            TableKind::Seed(seed) => self.keeper.seed(&on, seed),
            TableKind::Source(_) => String::new(),
        })
    }
}

/// The tables that are built, in order; in BigQuery, views that look entitlements up come last.
fn in_order<'p>(program: &'p Program, bigquery: Option<&bq_access::Written<'_>>) -> Vec<(TableId, &'p Table)> {
    let tables = program.order.iter().filter_map(|id| Some((*id, program.table(*id)?))).filter(|(_, t)| is_built(t));
    let (late, mut tables): (Vec<_>, Vec<_>) = tables.partition(|(id, _)| bigquery.is_some_and(|w| w.comes_last(*id)));
    tables.extend(late);
    tables
}

/// The files in the order of running, or the first gap of each table that has one.
fn files(program: &Program, marks: &Marks, keeper: &dyn Keeper) -> Result<Vec<File>, Vec<Gap>> {
    let dialect = keeper.dialect();
    if let Some(gap) = bq_access::refuses_location(program).filter(|_| dialect == Dialect::BigQuery) {
        return Err(vec![gap]);
    }
    let names = Names::new(program, dialect);
    let printing = Printing {
        program,
        marks,
        keeper,
        upon: keeper.upon(program),
        names: &names,
        host: SqlHost { names: &names, dialect },
        access: Access::new(program).filter(|_| dialect == Dialect::Postgres),
        bigquery: bq_access::Written::new(program, &names).filter(|_| dialect == Dialect::BigQuery),
    };
    let tables = in_order(program, printing.bigquery.as_ref());
    let printed: Vec<Result<String, Gap>> = tables.par_iter().map(|(id, table)| printing.table(*id, table).map(text::fitted)).collect();
    let gaps: Vec<Gap> = printed.iter().filter_map(|one| one.as_ref().err().cloned()).collect();
    let checks = match checks(program, &printing.host) {
        Ok(checks) if gaps.is_empty() => checks,
        Ok(_) => return Err(gaps),
        Err(gap) => return Err(gaps.into_iter().chain([gap]).collect()),
    };
    let bodies: Vec<String> = printed.into_iter().flatten().collect();
    let mut first = before(program, keeper, printing.access.as_ref(), || bodies.iter().chain(&checks).map(String::as_str))?;
    let mut stems = text::Stems::default();
    for ((_, table), body) in tables.iter().zip(bodies) {
        let written_in = match &table.kind {
            TableKind::Model(model) => model.written_in.as_str(),
            TableKind::Seed(seed) => seed.path.as_str(),
            TableKind::Source(_) => "",
        };
        let header = text::comment("--", &text::header(&table.doc, written_in));
        let preamble = if reads_run_date(&body) { keeper.run_date_preamble() } else { "" };
        let stem = stems.claim(&format!("{}_{}", text::schema_of(program, table), table.name));
        first.push(File { stem, text: format!("{header}{preamble}{body}") });
    }
    if let Some(checks) = checks {
        let preamble = if reads_run_date(&checks) { keeper.run_date_preamble() } else { "" };
        let says = "Assertions: each query yields a row only when it fails, with how often, never the values.";
        first.push(File { stem: "checks".to_owned(), text: format!("{}{preamble}{checks}", about(program, says)) });
    }
    Ok(first)
}

/// What goes before all tables that are built: schemas, functions, roles, tables that others fill. `all` gives every statement that follows.
fn before<'t, T: Iterator<Item = &'t str>>(
    program: &Program,
    keeper: &dyn Keeper,
    access: Option<&Access<'_>>,
    all: impl Fn() -> T,
) -> Result<Vec<File>, Vec<Gap>> {
    let dialect = keeper.dialect();
    let calls_setup = all().any(setup::called_in);
    let mut first = Vec::new();
    if let Some(schemas) = keeper.schemas(program) {
        first
            .push(File { stem: "schemas".to_owned(), text: format!("{}{schemas}", about(program, "The schemas that the tables lie in.")) });
    }
    if let Some(statements) = setup::statements(dialect).filter(|_| calls_setup) {
        first.push(File { stem: "setup".to_owned(), text: statements.to_owned() });
    }
    let looks_up = all().any(setup::looks_up_key);
    if let Some(statements) = setup::keyed(dialect).filter(|_| looks_up) {
        first.push(File { stem: "setup_keys".to_owned(), text: statements.to_owned() });
    }
    if let Some(access) = access {
        let says = about(program, "Who may reach what: roles and their schemas. What they may do with a table is said where it is made.");
        first.push(File { stem: "access".to_owned(), text: format!("{says}begin;\n{}commit;\n", access.setup()) });
    }
    if let Some(made) = own_tables::statements(program, dialect, access).map_err(|gap| vec![gap])? {
        let says = about(
            program,
            "Tables that applications and loads fill. One that is there already is left as it is, but for indexes and references it lacks.",
        );
        first.push(File { stem: "tables".to_owned(), text: format!("{says}begin;\n{made}commit;\n") });
    }
    Ok(first)
}

fn about(program: &Program, says: &str) -> String {
    text::comment("--", &text::header(says, &text::whole_project(program)))
}

/// Puts statements before the end of a file's transaction, so that nobody sees the table without them.
fn within(made: String, statements: &str) -> String {
    if let Some((before, batches)) = made.split_once(postgres::BATCHES) {
        return format!("{}{}{batches}", within(before.to_owned(), statements), postgres::BATCHES);
    }
    match made.strip_suffix("commit;\n") {
        Some(before) => format!("{before}{statements}commit;\n"),
        None => format!("begin;\n{made}{statements}commit;\n"),
    }
}

fn reads_run_date(sql: &str) -> bool {
    sql.contains(host::RUN_DATE) || sql.contains(host::DUCKDB_RUN_DATE)
}

fn is_built(table: &Table) -> bool {
    match &table.kind {
        TableKind::Model(model) => model.role != ModelRole::Query,
        TableKind::Seed(_) => true,
        TableKind::Source(_) => false,
    }
}

fn checks(program: &Program, host: &SqlHost<'_>) -> Result<Option<String>, Gap> {
    let mut out = String::new();
    let known = |table: &Table| is_built(table) || matches!(table.kind, TableKind::Source(_));
    for (id, table) in program.tables().filter(|(_, t)| known(t)) {
        for assertion in &table.assertions {
            let query = assertion::failures(program, id, assertion, host.dialect, host)?;
            let told = [table.name.as_str(), &assertion.name, if assertion.warn { "warn" } else { "error" }];
            let [model, name, severity] = told.map(|t| crate::sql::literal(&crate::ir::Literal::Text(t.into()), host.dialect));
            out.push_str(&format!(
                "\nselect {model} as model, {name} as assertion, {severity} as severity, count(*) as failures\nfrom (\n{}\n) as failed\nhaving count(*) > 0;\n",
                query.trim_end()
            ));
        }
    }
    Ok((!out.is_empty()).then_some(out))
}

/// Numbers the files in the order of running, and lists them.
fn write(program: &Program, dialect: Dialect, files: Vec<File>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let width = files.len().to_string().len().max(3);
    let mut says = vec![format!("The files of this folder in the order of running, for {}.", dialect.name())];
    says.push("Each may run again; the run date is given by the variable run_date.".to_owned());
    says.extend(text::header("", &text::whole_project(program)));
    let mut index = text::comment("#", &says);
    for (number, file) in files.into_iter().enumerate() {
        let name = format!("{number:0width$}_{}.sql", file.stem);
        index.push_str(&name);
        index.push('\n');
        text::put(out, diagnostics, &format!("sql/{}/{name}", dialect.name()), program.project.at, file.text);
    }
    text::put(out, diagnostics, &format!("sql/{}/index.txt", dialect.name()), program.project.at, index);
}
