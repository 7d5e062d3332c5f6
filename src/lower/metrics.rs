use super::Cx;
use super::model::Shared;
use super::query::Lowered;
use crate::diag::Diagnostics;
use crate::ir::Program;
use crate::resolve::{Pending, PendingModel};
use crate::syntax::ast::{self, Name};

/// Reads metrics into `program.metrics`. Runs after all models, when every column is known.
pub(super) fn metrics(_program: &mut Program, _metrics: &[Pending<'_, ast::Metric>], _diagnostics: &mut Diagnostics) {}

/// `from metrics …`: the union of the metrics' queries. What they read is finished before. `None` when it cannot be built, after reporting why.
pub(super) fn fact(_cx: &Cx<'_>, _shared: &Shared<'_>, _model: &PendingModel<'_>, _metrics: &[Name]) -> Option<Lowered> {
    None
}
