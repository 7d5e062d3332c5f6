//! What the program says: its matrix in terms of Postgres, and the statements that fill its tables. Nothing here reads an artifact, and
//! nothing here is shared with what writes them.

use super::condition;
use super::predicate::Predicate;
use super::world::{Marked, Name};
use crate::access::{Carried, Carry, Entry, Matrix, Path, connection_role, exported, exporter_role};
use crate::base::{Ident, Span};
use crate::check::residue::Marks;
use crate::ir::{Dialect, Expr, ExprKind, Materialization, ModelRole, Policy, Program, Table, TableId, TableKind, Verb, operands_mut};
use crate::sql::{self, Host};
use std::collections::{BTreeMap, BTreeSet};

/// A line of the matrix in Postgres.
pub(super) struct Line {
    pub(super) verb: Verb,
    /// The role's name there.
    pub(super) role: String,
    pub(super) columns: BTreeSet<String>,
    pub(super) rows: Predicate,
}

/// The program, asked about Postgres.
pub(super) struct Expected<'p> {
    pub(super) program: &'p Program,
    matrix: &'p Matrix,
    /// By table.
    lines: BTreeMap<TableId, Vec<usize>>,
    /// Policies that narrow anybody on a table.
    carry: &'p Carry,
    /// Under which masks and labels the rows of incremental tables are made.
    marks: Marks,
}

impl<'p> Expected<'p> {
    pub(super) fn new(program: &'p Program, matrix: &'p Matrix, carry: &'p Carry) -> Expected<'p> {
        let mut lines: BTreeMap<TableId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in matrix.entries.iter().enumerate() {
            if entry.path.is_in_warehouse() && matches!(entry.verb, Verb::Read | Verb::Write) {
                lines.entry(entry.table).or_default().push(index);
            }
        }
        Expected { program, matrix, lines, carry, marks: Marks::read(program) }
    }

    /// Whether anything of access is Postgres's to enforce.
    pub(super) fn enforced(&self) -> bool {
        self.program.roles.iter().any(|r| r.postgres.is_some()) || !self.program.shown.is_empty() || self.exporter().is_some()
    }

    /// Who runs the exports, where a pipeline does.
    fn exporter(&self) -> Option<Ident> {
        (!exported(self.program).is_empty()).then(|| exporter_role(self.program))
    }

    /// The program's roles in Postgres, and the one that Tableau asks as.
    pub(super) fn roles(&self) -> BTreeSet<String> {
        let declared = self.program.roles.iter().filter_map(|r| r.postgres.as_deref().map(str::to_owned));
        let tableau = (!self.program.shown.is_empty()).then(|| connection_role(self.program).to_string());
        declared.chain(tableau).chain(self.exporter().map(|e| e.to_string())).collect()
    }

    /// Whether it is a view that Tableau reads.
    pub(super) fn is_shown(&self, id: TableId) -> bool {
        self.program.shown.iter().any(|s| s.view == id)
    }

    fn role(&self, role: &Ident) -> Option<String> {
        if *role == exporter_role(self.program) {
            return Some(role.to_string());
        }
        self.program.roles.iter().find(|r| r.name == *role)?.postgres.as_deref().map(str::to_owned)
    }

    /// Tables that a build makes.
    pub(super) fn built(&self) -> impl Iterator<Item = (TableId, &'p Table)> {
        self.program.tables().filter(|(_, t)| match &t.kind {
            TableKind::Model(model) => model.role != ModelRole::Query,
            TableKind::Seed(_) => true,
            TableKind::Source(_) => !t.is_foreign(),
        })
    }

    /// What a table is called in the warehouse.
    pub(super) fn name(&self, table: &Table) -> Name {
        name(self.program, table)
    }

    /// The lines of the matrix on a table.
    pub(super) fn lines(&self, id: TableId) -> Vec<Line> {
        let here = self.lines.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i));
        let Some(table) = self.program.table(id) else { return Vec::new() };
        let line = |entry: &'p Entry| {
            let columns = entry.columns.iter().filter_map(|c| table.columns.get(c.column as usize)).map(|c| c.name.as_str().to_owned());
            Some(Line {
                verb: entry.verb,
                role: self.role(&entry.role)?,
                columns: columns.collect(),
                rows: self.rows(entry, Dialect::Postgres),
            })
        };
        // Which row is for whom, the view says in columns of its own, and Tableau asks: the connection reads all of it.
        let shown = self.is_shown(id).then(|| Line {
            verb: Verb::Read,
            role: connection_role(self.program).to_string(),
            columns: table.columns.iter().map(|c| c.name.as_str().to_owned()).collect(),
            rows: Predicate::Yes,
        });
        here.filter_map(line).chain(shown).collect()
    }

    /// Tables whose rows have to bear these marks before anybody who is not cleared for everything may read this one.
    pub(super) fn refuses(&self, id: TableId) -> BTreeSet<(Name, String)> {
        let trusted = |role: &Ident| {
            let declared = self.program.roles.iter().find(|r| r.name == *role);
            let clearance = declared.and_then(|r| self.program.clearance(r.clearance.as_ref()?.as_str()));
            *role == exporter_role(self.program) || clearance.is_some_and(|c| c.everything)
        };
        let mut here = self.lines.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i));
        let read = here.any(|e| e.verb == Verb::Read && self.role(&e.role).is_some() && !trusted(&e.role));
        if !read && !self.is_shown(id) {
            return BTreeSet::new();
        }
        let marked = |(id, mark): (TableId, &str)| Some((self.name(self.program.table(id)?), format!("pipec: rows made under {mark}")));
        self.marks.behind(self.program, [id]).into_iter().filter_map(marked).collect()
    }

    /// Who may read a table until the last day of which determination: role, determination, day.
    pub(super) fn ends(&self, id: TableId) -> BTreeSet<(String, String, String)> {
        let here = self.lines.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i));
        let read = here.filter(|e| e.verb == Verb::Read).filter_map(|e| {
            let mut all = vec![self.program.role(&e.role).and_then(|r| r.clearance.as_ref())];
            if let Path::Api(index) = e.path {
                all.push(self.program.apis.get(index as usize).and_then(|a| a.clearance.as_ref()));
            }
            self.end(self.role(&e.role)?, all)
        });
        let shown = self.program.shown.iter().filter(|s| s.view == id);
        let shown = shown.flat_map(|s| &s.readers).map(|v| self.program.role(&v.role).and_then(|r| r.clearance.as_ref()));
        let connection = self.end(connection_role(self.program).to_string(), shown.collect());
        read.chain(connection).collect()
    }

    /// The first end of some clearances.
    fn end(&self, role: String, clearances: Vec<Option<&Ident>>) -> Option<(String, String, String)> {
        let known = clearances.into_iter().flatten().filter_map(|c| self.program.clearance(c.as_str())?.determination.as_ref());
        let (day, id) = known.map(|d| (d.expires.to_string(), d.id.to_string())).min()?;
        Some((role, id, day))
    }

    /// Under which masks and labels the rows of what exports read are made.
    pub(super) fn marked(&self, id: TableId) -> Option<Marked> {
        let comment = |mark: &str| format!("pipec: rows made under {mark}");
        let mark = comment(self.marks.sent(id)?);
        let behind = self.marks.read_by(self.program, id);
        let behind = behind.into_iter().filter_map(|(id, mark)| Some((self.name(self.program.table(id)?), comment(mark)))).collect();
        Some(Marked { mark, kept: self.marks.get(id).is_some(), behind })
    }

    /// Whether a policy narrows anybody on a table.
    pub(super) fn narrowed(&self, id: TableId) -> bool {
        !self.carry.of(id).is_empty()
    }

    /// Whether a policy asks an entitlement from it.
    pub(super) fn is_asked(&self, id: TableId) -> bool {
        let asked = self.program.policies.iter().filter_map(|p| p.asks.as_ref());
        asked.filter_map(|a| self.program.entitlements.get(a.entitlement as usize)).any(|e| e.table == id)
    }

    /// Whether it is a masked twin.
    pub(super) fn is_twin(&self, id: TableId) -> bool {
        self.program.twins.iter().any(|t| t.table == id)
    }

    /// Who reads a table in BigQuery, and which rows. A view's are a part of what makes it.
    pub(super) fn in_bigquery(&self, id: TableId) -> BTreeMap<String, Predicate> {
        let mut all: BTreeMap<String, Predicate> = BTreeMap::new();
        let here = self.lines.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i));
        for entry in here.filter(|e| e.verb == Verb::Read && e.path == Path::Warehouse) {
            let Some(group) = self.program.role(&entry.role).and_then(|r| r.google_group.as_deref()) else { continue };
            let member = format!("group:{group}");
            let before = all.remove(&member).unwrap_or(Predicate::No);
            all.insert(member, Predicate::any([before, self.rows(entry, Dialect::BigQuery)]));
        }
        all
    }

    /// The names of a table's columns.
    pub(super) fn columns(&self, id: TableId) -> BTreeSet<String> {
        self.program.table(id).map(|t| t.columns.iter().map(|c| c.name.as_str().to_owned()).collect()).unwrap_or_default()
    }

    /// The rows of a line.
    fn rows(&self, entry: &Entry, dialect: Dialect) -> Predicate {
        let row = Ident::exact("row");
        Predicate::all(entry.rows.iter().map(|rule| {
            let Some(policy) = self.program.policies.get(rule.policy as usize) else { return Predicate::No };
            let carried = Carried { policy: rule.policy, roles: Vec::new(), columns: Ok(rule.columns.clone()) };
            let Some(filter) = policy.over(self.program, &carried, entry.table, &row) else { return Predicate::No };
            let holds = self.predicate(&filter, dialect);
            let Some(asked) = &policy.asks else { return holds };
            let found = self.program.entitlements.get(asked.entitlement as usize);
            let Some((entitlement, table)) = found.and_then(|e| Some((e, self.program.table(e.table)?))) else { return Predicate::No };
            match holds {
                Predicate::No => Predicate::No,
                holds => Predicate::Asks(condition::asked(&self.name(table), entitlement.by.as_str()), Box::new(holds)),
            }
        }))
    }

    fn predicate(&self, e: &Expr, dialect: Dialect) -> Predicate {
        match &e.kind {
            ExprKind::And(parts) => Predicate::all(parts.iter().map(|p| self.predicate(p, dialect))),
            ExprKind::Or(parts) => Predicate::any(parts.iter().map(|p| self.predicate(p, dialect))),
            ExprKind::Not(inner) => self.predicate(inner, dialect).not(),
            ExprKind::Literal(crate::ir::Literal::Boolean(true)) => Predicate::Yes,
            ExprKind::Literal(crate::ir::Literal::Boolean(false)) => Predicate::No,
            _ => self.atom(e, dialect).unwrap_or_else(|| Predicate::Atom("what cannot be printed".to_owned())),
        }
    }

    /// One comparison, its columns under names that nothing else has.
    fn atom(&self, e: &Expr, dialect: Dialect) -> Option<Predicate> {
        let mut e = e.clone();
        rename(&mut e);
        condition::printed(&sql::expr(self.program, &e, dialect, &Plain).ok()?, dialect)
    }

    /// The type of a column, as Postgres writes it.
    pub(super) fn type_of(&self, table: &Name, column: &str) -> Option<String> {
        let (_, found) = self.program.tables().find(|(_, t)| self.name(t) == *table)?;
        let column = found.columns.iter().find(|c| c.name.as_str() == column)?;
        Some(sql::type_name(&column.ty, Dialect::Postgres))
    }

    /// Whether somebody else makes a table.
    pub(super) fn is_foreign(&self, table: &Name) -> bool {
        self.program.tables().any(|(_, t)| t.is_foreign() && self.name(t) == *table)
    }

    /// How a model or seed is kept.
    pub(super) fn kept(&self, table: &Table) -> Keeping {
        match &table.kind {
            TableKind::Seed(_) | TableKind::Source(_) => Keeping::Table,
            TableKind::Model(model) => match model.materialization {
                Materialization::Table | Materialization::Incremental { .. } => Keeping::Table,
                Materialization::View => Keeping::View,
                Materialization::Ephemeral => Keeping::Inlined,
                Materialization::MaterializedView => Keeping::Other,
            },
        }
    }

    /// Why the program says what it says of a table.
    pub(super) fn because(&self, id: TableId) -> Option<Span> {
        self.program.table(id).map(|t| t.at)
    }
}

/// How a table is kept, as far as access goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeping {
    /// Rows of its own.
    Table,
    /// Read when it is asked.
    View,
    /// A view in plain SQL, and nothing in dbt.
    Inlined,
    /// Anything else.
    Other,
}

/// The name of a table in the warehouse.
pub(super) fn name(program: &Program, table: &Table) -> Name {
    let own = table.name.as_str();
    let (schema, own) = match &table.kind {
        TableKind::Source(source) => {
            let own = own.strip_prefix(source.source.as_str()).and_then(|n| n.strip_prefix('.')).unwrap_or(own);
            (source.schema.as_str(), own)
        }
        TableKind::Seed(seed) => (seed.schema.as_str(), own),
        TableKind::Model(model) => (program.layer(model.layer).map_or(program.project.name.as_str(), |l| l.schema.as_str()), own),
    };
    (schema.to_owned(), own.to_owned())
}

fn rename(e: &mut Expr) {
    if let ExprKind::Column { relation, name } = &mut e.kind {
        let of = if relation.as_str() == Policy::ENTITLED { "entitled" } else { "row" };
        *name = Ident::exact(&format!("{of}.{name}"));
    }
    operands_mut(e, &mut rename);
}

/// Names tables as the warehouse does.
pub(super) struct Plain;

impl Host for Plain {
    fn table(&self, program: &Program, table: TableId) -> String {
        let Some(table) = program.table(table) else { return String::new() };
        let (schema, own) = name(program, table);
        let ident = |name: &str| sql::ident(&Ident::exact(name), Dialect::Postgres);
        format!("{}.{}", ident(&schema), ident(&own))
    }

    fn run_date(&self) -> String {
        "cast(:'run_date' as date)".to_owned()
    }
}

/// The same for queries of dbt's: there each table has its alias.
pub(super) struct Aliased;

impl Host for Aliased {
    fn table(&self, program: &Program, table: TableId) -> String {
        Plain.table(program, table)
    }

    fn keeps_names(&self) -> bool {
        false
    }

    fn run_date(&self) -> String {
        Plain.run_date()
    }
}
