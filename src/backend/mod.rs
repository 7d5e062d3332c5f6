//! Back ends: each turns a checked program into files of one target. They never import each other and read nothing but the program.
//!
//! `access`, `aws`, `google`, `assertion`, `ends`, `setup`, `steps` and `text` are no back ends but what several of them share.

mod access;
mod airflow;
mod api;
mod assertion;
mod audits;
mod aws;
mod cron;
mod dbt;
mod ends;
mod evidence;
mod google;
mod iam;
mod own_tables;
mod residue;
mod secrets;
mod setup;
mod sql;
mod stands;
mod steps;
mod tableau;
mod terraform;
#[cfg(test)]
mod testing;
mod text;
mod tree;

pub use tree::FileTree;

use crate::check::Checked;
use crate::diag::Diagnostics;

/// A target.
pub trait Backend: Sync {
    /// `dbt`, `sql`, …: also the folder its files go to, and the word after `emit`.
    fn id(&self) -> &'static str;

    /// Adds its files to `out`, all below `<id>/`. What it can't express is an error in `diagnostics`, never a weaker artifact.
    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics);
}

/// Every back end, in the order they run.
pub fn registry() -> Vec<&'static dyn Backend> {
    vec![
        &dbt::Dbt,
        &sql::Sql,
        &terraform::Terraform,
        &iam::Iam,
        &airflow::Airflow,
        &cron::Cron,
        &tableau::Tableau,
        &api::Served,
        &evidence::Evidence,
    ]
}
