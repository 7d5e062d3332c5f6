use super::Cx;
use super::model::Shared;
use super::query::Lowered;
use crate::diag::Diagnostics;
use crate::ir::Program;
use crate::resolve::{Pending, PendingModel};
use crate::syntax::ast::{self, MaskRule, Name};

/// Reads maskings into `program.maskings`: masks found, their arguments typed without a row in scope. Runs before any model.
pub(super) fn maskings(_program: &mut Program, _maskings: &[Pending<'_, ast::Masking>], _diagnostics: &mut Diagnostics) {}

/// `= base masked by masking { … }`: the base's columns, each through the rule that covers it. The base is finished before.
/// `None` when it cannot be built, after reporting why.
pub(super) fn model(_cx: &Cx<'_>, _shared: &Shared<'_>, _model: &PendingModel<'_>, _base: &Name, _masking: &Name, _rules: &[MaskRule]) -> Option<Lowered> {
    None
}
