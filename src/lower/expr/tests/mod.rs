//! What expressions mean: one line each, `expression → type, ? when it may be NULL, what it tells`.

mod errors;
mod json;
mod labels;
mod library;
mod types;

use super::expr;
use crate::base::{FileId, Ident, Sources, Span, VPath};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ir::{Dialect, Expr, Label, Origin, Origins, Program, TableId};
use crate::lower::cx::Cx;
use crate::lower::{Scope, ScopeRelation, Typed};
use crate::resolve::{Generator, Slot, resolve};
use crate::sql::Host;
use crate::syntax;
use std::sync::OnceLock;

const PROJECT: &str = r#"
project p { warehouse postgres }
use std.hipaa
use std.fhir.r4
category diagnosis

type Note  { author Author?; text text @free_text; parent Note? }
type Author { display text? @name; contact text?; tags text[]? @public; born text? @birth_date }
type Visit { id text @record_id; at text? @service_date; notes Note[]?; lead Author? @provider_name because "staff"; count integer? @public; extra json? @diagnosis }

source s on warehouse schema "s" {
  table t {
    id       integer key  @record_id
    name     text         @name
    nick     text?        @name
    phone    text?        @phone
    born     date         @birth_date
    seen     timestamptz? @service_date
    local    timestamp    @public
    day      date         @public
    small    smallint     @public
    i        integer      @public
    j        integer?     @public
    big      bigint       @public
    num      numeric(12, 2) @public
    d        double precision @public
    ok       boolean      @public
    maybe    boolean?     @public
    word     text         @public
    code     varchar(10)  @public
    list     text[]       @public
    raw      json?        @diagnosis
    visit    json<Visit>
    patient  json<r4.Patient>
    plain    text
  }
  table u { id integer key @record_id; name text @provider_name; other text @public }
}
"#;

/// A program with the library and two tables in scope, resolved once.
pub(super) struct Lab {
    sources: Sources,
    program: Program,
    relations: Vec<ScopeRelation>,
}

pub(super) fn lab() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(Lab::new)
}

impl Lab {
    fn new() -> Lab {
        let mut sources = Sources::new();
        let mut diagnostics = Diagnostics::new();
        let mut files = Vec::new();
        for (path, text) in std::iter::once(&("p.pipe", PROJECT)).chain(crate::stdlib::files()) {
            let id = sources.add(VPath::new(path).unwrap(), *text);
            files.push((id, std::sync::Arc::new(syntax::parse(id, text, &mut diagnostics))));
        }
        let generator = Generator::new(&sources);
        let resolved = resolve(&generator, &sources, &files, &mut diagnostics);
        let complaints: Vec<String> = diagnostics.iter().map(|d| format!("{}: {}", sources.slice(d.at), shown(d))).collect();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        let relations = resolved.slots.iter().enumerate().filter_map(relation).collect();
        let program = resolved.program;
        drop(files);
        Lab { sources, program, relations }
    }

    /// Lowers an expression over `t` and `u`.
    pub(super) fn lower(&self, text: &str) -> (Typed, Vec<String>) {
        let scope = Scope { relations: self.relations.clone(), ..Scope::default() };
        let cx = Cx::new(&self.program, &[], &self.sources, Span::new(FileId(0), 0, 0));
        let parsed =
            sqlparser::parser::Parser::new(&sqlparser::dialect::PostgreSqlDialect {}).try_with_sql(text).unwrap().parse_expr().unwrap();
        let typed = expr(&cx, &scope, &parsed);
        let found = cx.diagnostics.into_inner().iter().map(shown).collect();
        (typed, found)
    }

    /// `integer?` and, when it tells something, `name: direct`; conditions in brackets.
    pub(super) fn says(&self, text: &str) -> String {
        let (typed, found) = self.lower(text);
        if !found.is_empty() {
            return found.join("\n");
        }
        let nullable = if typed.expr.nullable { "?" } else { "" };
        format!("{}{nullable}{}", typed.expr.ty, self.label(&typed.facts.label))
    }

    fn label(&self, label: &Label) -> String {
        let level = |(category, level): &(crate::ir::CategoryId, crate::ir::Level)| {
            format!("{}: {}", self.program.category(*category).map_or("?", |c| c.name.as_str()), level.form.name())
        };
        let values: Vec<String> = label.values().iter().map(level).collect();
        let controls: Vec<String> = label.controls().iter().map(level).collect();
        let controls = if controls.is_empty() { String::new() } else { format!(" [{}]", controls.join(", ")) };
        if values.is_empty() { controls } else { format!(" {}{controls}", values.join(", ")) }
    }

    /// The SQL of a dialect.
    pub(super) fn prints(&self, text: &str, dialect: Dialect) -> String {
        let (typed, found) = self.lower(text);
        assert!(found.is_empty(), "{text}: {}", found.join("\n"));
        self.print(&typed.expr, dialect)
    }

    pub(super) fn print(&self, e: &Expr, dialect: Dialect) -> String {
        crate::sql::expr(&self.program, e, dialect, &Bare).unwrap_or_else(|gap| format!("gap: {}", gap.what))
    }

    /// Checks a table of expectations, all at once.
    pub(super) fn table(&self, rows: &[(&str, &str)]) {
        let wrong: Vec<String> = rows
            .iter()
            .map(|(text, wanted)| (text, wanted, self.says(text)))
            .filter(|(_, wanted, got)| **wanted != got)
            .map(|(text, wanted, got)| format!("{text}\n    wanted {wanted}\n    got    {got}"))
            .collect();
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}

/// What a source's table looks like in `from`.
fn relation((index, slot): (usize, &Slot<'_>)) -> Option<ScopeRelation> {
    let Slot::Ready(table) = slot else { return None };
    let mut columns = table.columns.clone();
    for (position, column) in columns.iter_mut().enumerate() {
        let origin = Origin { table: TableId(index as u32), column: position as u32, edge: crate::ir::Edge::Value };
        column.from = Origins::one(origin);
        column.intact = Some(origin);
    }
    Some(ScopeRelation { alias: Ident::folded(table.name.as_str().rsplit('.').next().unwrap()), columns, ..ScopeRelation::default() })
}

fn shown(d: &Diagnostic) -> String {
    let help: String = d.help.iter().map(|h| format!(" | {h}")).collect();
    format!("{} {}{help}", d.code.id(), d.message)
}

struct Bare;

impl Host for Bare {
    fn table(&self, program: &Program, table: TableId) -> String {
        program.table(table).map_or_else(String::new, |t| t.name.to_string())
    }

    fn run_date(&self) -> String {
        String::from("date '2025-06-01'")
    }
}
