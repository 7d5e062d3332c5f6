//! A dbt project for dbt 1.11 and later, for Postgres or BigQuery: models, sources, seeds, tests, exposures; every text that dbt would read as Jinja is guarded.

mod access;
mod jinja;
mod model;
mod names;
mod node;
mod profile;
mod project;
mod properties;
mod seed;
mod source;
mod test;
mod unit;
mod yaml;

#[cfg(test)]
mod tests;

use super::access::Access;
use super::sql::bigquery_refuses;
use super::sql::bq_access::{Written, refuses_location};
use super::sql::host::Names;
use super::{Backend, FileTree, own_tables, setup, text};
use crate::check::{Checked, residue::Marks};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, ModelRole, Program, Table, TableId, TableKind};
use node::Nodes;
use rayon::prelude::*;

/// The back end.
pub(super) struct Dbt;

impl Backend for Dbt {
    fn id(&self) -> &'static str {
        "dbt"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let marks = Marks::of(program);
        let program = program.program();
        let Some(warehouse) = &program.project.warehouse else {
            diagnostics.push(
                Diagnostic::error(Code::MissingSetting, program.project.at, "the project names no warehouse, and dbt needs one")
                    .help("add `warehouse postgres { … }` to the project"),
            );
            return;
        };
        if !matches!(warehouse.dialect, Dialect::Postgres | Dialect::BigQuery) {
            let message = format!("the dbt back end does not write for {} yet", warehouse.dialect.name());
            diagnostics.push(
                Diagnostic::error(Code::DialectGap, program.project.at, message)
                    .help("use `warehouse postgres` or `warehouse bigquery`, or leave `dbt` out of `emit`"),
            );
            return;
        }
        let names = Names::new(program, warehouse.dialect);
        let emission = Emission {
            program,
            marks,
            dialect: warehouse.dialect,
            nodes: Nodes::new(program),
            access: Access::new(program).filter(|_| warehouse.dialect == Dialect::Postgres),
            bigquery: Written::new(program, &names).filter(|_| warehouse.dialect == Dialect::BigQuery),
        };
        if emission.dialect == Dialect::BigQuery {
            let refused = emission.known().filter_map(|(_, table)| bigquery_refuses(program, table)).chain(refuses_location(program));
            refused.for_each(|gap| diagnostics.push(text::gap(gap, emission.dialect)));
        }
        names::refuse(&emission, diagnostics);
        let mut macros = emission.models(out, diagnostics);
        seed::emit(&emission, out, diagnostics);
        source::emit(&emission, out, diagnostics);
        properties::emit(&emission, out, diagnostics);
        test::emit(&emission, out, diagnostics);
        unit::emit(&emission, out, diagnostics);
        access::emit(&emission, out, diagnostics);
        match own_tables::statements(program, emission.dialect, emission.access.as_ref()) {
            Ok(own) => macros.needs(emission.dialect, own),
            Err(gap) => diagnostics.push(text::gap(gap, emission.dialect)),
        }
        project::emit(&emission, &macros, out, diagnostics);
    }
}

/// What runs before all models.
#[derive(Default)]
struct Macros {
    /// The functions that masks call.
    setup: Option<String>,
    /// Tables of the project's own.
    own: Option<String>,
}

impl Macros {
    /// What some statements call has to be there.
    fn called(&mut self, dialect: Dialect, sql: &str) {
        if self.setup.is_none() && setup::called_in(sql) {
            self.setup = setup::statements(dialect).map(str::to_owned);
        }
    }

    fn needs(&mut self, dialect: Dialect, own: Option<String>) {
        self.called(dialect, own.as_deref().unwrap_or_default());
        self.own = own;
    }
}

/// What every part of the back end needs to know.
struct Emission<'p> {
    program: &'p Program,
    marks: Marks,
    dialect: Dialect,
    nodes: Nodes,
    /// Who may reach what, in Postgres.
    access: Option<Access<'p>>,
    /// And in BigQuery.
    bigquery: Option<Written<'p>>,
}

impl Emission<'_> {
    /// Under which masks and labels the rows of an incremental table are made. Only Postgres keeps it: nothing is exported from elsewhere.
    fn mark(&self, id: TableId) -> Option<&str> {
        self.marks.get(id).filter(|_| self.dialect == Dialect::Postgres)
    }

    /// Writes the models; what they call.
    fn models(&self, out: &mut FileTree, diagnostics: &mut Diagnostics) -> Macros {
        let built: Vec<_> = self.program.models().filter(|(_, _, model)| model.role != ModelRole::Query).collect();
        let printed: Vec<_> = built.par_iter().map(|(id, table, model)| model::print(self, *id, table, model).map(text::fitted)).collect();
        let (mut macros, mut keyed) = (Macros::default(), None);
        for ((id, table, model), printed) in built.iter().zip(printed) {
            match printed {
                Ok(sql) => {
                    macros.called(self.dialect, &sql);
                    keyed = keyed.or_else(|| setup::keyed(self.dialect).filter(|_| setup::looks_up_key(&sql)));
                    let path = format!("dbt/models/{}/{}.sql", self.nodes.layer(model.layer), self.nodes.name(*id));
                    text::put(out, diagnostics, &path, table.at, sql);
                }
                Err(gap) => diagnostics.push(text::gap(gap, self.dialect)),
            }
        }
        if let (Some(setup), Some(keyed)) = (&mut macros.setup, keyed) {
            setup.push_str(keyed);
        }
        macros
    }

    /// Tables that dbt knows: all but models that are only checked.
    fn known(&self) -> impl Iterator<Item = (TableId, &Table)> {
        self.program.tables().filter(|(_, table)| !matches!(&table.kind, TableKind::Model(m) if m.role == ModelRole::Query))
    }
}
