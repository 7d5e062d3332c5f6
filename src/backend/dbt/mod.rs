//! A dbt project for dbt 1.11 and later: models, sources, seeds, tests, exposures; every text that dbt would read as Jinja is guarded.

mod access;
mod jinja;
mod model;
mod names;
mod node;
mod project;
mod properties;
mod seed;
mod source;
mod test;
mod yaml;

#[cfg(test)]
mod tests;

use super::access::Access;
use super::{Backend, FileTree, own_tables, setup, text};
use crate::check::{Checked, residue::Marks};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, ModelRole, Program, TableKind};
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
        if warehouse.dialect != Dialect::Postgres {
            let message = format!("the dbt back end does not write for {} yet", warehouse.dialect.name());
            diagnostics.push(
                Diagnostic::error(Code::DialectGap, program.project.at, message)
                    .help("use `warehouse postgres`, or leave `dbt` out of `emit`"),
            );
            return;
        }
        let emission = Emission { program, marks, dialect: warehouse.dialect, nodes: Nodes::new(program), access: Access::new(program) };
        names::refuse(&emission, diagnostics);
        let calls_setup = emission.models(out, diagnostics);
        seed::emit(&emission, out, diagnostics);
        source::emit(&emission, out, diagnostics);
        properties::emit(&emission, out, diagnostics);
        test::emit(&emission, out, diagnostics);
        access::emit(&emission, out, diagnostics);
        let own = own_tables::statements(program, emission.dialect, emission.access.as_ref()).unwrap_or_else(|gap| {
            diagnostics.push(text::gap(gap, emission.dialect));
            None
        });
        let calls_setup = calls_setup || own.as_deref().is_some_and(setup::called_in);
        project::emit(&emission, calls_setup.then(|| setup::statements(emission.dialect)).flatten(), own.as_deref(), out, diagnostics);
    }
}

/// What every part of the back end needs to know.
struct Emission<'p> {
    program: &'p Program,
    marks: Marks,
    dialect: Dialect,
    nodes: Nodes,
    access: Option<Access<'p>>,
}

impl Emission<'_> {
    /// Writes the models; whether any of them calls a function of the set-up.
    fn models(&self, out: &mut FileTree, diagnostics: &mut Diagnostics) -> bool {
        let built: Vec<_> = self.program.models().filter(|(_, _, model)| model.role != ModelRole::Query).collect();
        let printed: Vec<_> = built.par_iter().map(|(id, table, model)| model::print(self, *id, table, model)).collect();
        let mut calls_setup = false;
        for ((id, table, model), printed) in built.iter().zip(printed) {
            match printed {
                Ok(sql) => {
                    calls_setup |= setup::called_in(&sql);
                    let path = format!("dbt/models/{}/{}.sql", self.nodes.layer(model.layer), self.nodes.name(*id));
                    text::put(out, diagnostics, &path, table.at, sql);
                }
                Err(gap) => diagnostics.push(text::gap(gap, self.dialect)),
            }
        }
        calls_setup
    }

    /// Tables that dbt knows: all but models that are only checked.
    fn known(&self) -> impl Iterator<Item = (crate::ir::TableId, &crate::ir::Table)> {
        self.program.tables().filter(|(_, table)| !matches!(&table.kind, TableKind::Model(m) if m.role == ModelRole::Query))
    }
}
