use crate::diag::Diagnostics;
use crate::ir::Program;
use crate::resolve::Pending;
use crate::syntax::ast;

/// Reads row policies into `program.policies`. Runs after all models, when every column is known.
pub(super) fn policies(_program: &mut Program, _policies: &[Pending<'_, ast::Policy>], _diagnostics: &mut Diagnostics) {}

/// Fills in the columns of `program.exports`. Runs after all models.
pub(super) fn export_columns(_program: &mut Program, _diagnostics: &mut Diagnostics) {}
