//! Metrics that no fact lists are computed all the same, so that what cannot be is told where it is written and not to whoever lists it first.

use super::super::cx::Finished;
use super::super::model::Shared;
use super::super::order::glob;
use super::{Fact, Pending, ast, ratio};
use crate::base::Ident;
use crate::diag::Diagnostics;
use crate::resolve::Slot;
use crate::syntax::ast::ModelBody;
use std::collections::BTreeSet;

/// Reports what is wrong with them.
pub(in crate::lower) fn idle(shared: &Shared<'_>, slots: &[Slot<'_>], done: &[Option<Finished>], diagnostics: &mut Diagnostics) {
    let listed = listed(shared, slots);
    let idle: Vec<&Pending<'_, ast::Metric>> = shared.metrics.iter().filter(|m| !listed.contains(&m.name)).collect();
    let Some(first) = idle.first() else { return };
    let cx = shared.cx(first.at, done);
    let mut fact =
        Fact { cx: &cx, shared, threshold: None, needs: Vec::new(), families: Vec::new(), done: BTreeSet::new(), with: Vec::new() };
    fact.build(&idle);
    diagnostics.extend(cx.diagnostics.take());
}

/// The metrics that facts list, and those these are made of.
fn listed(shared: &Shared<'_>, slots: &[Slot<'_>]) -> BTreeSet<Ident> {
    let mut todo: Vec<&Pending<'_, ast::Metric>> = Vec::new();
    for slot in slots {
        let Slot::Pending(model) = slot else { continue };
        let ModelBody::Metrics { metrics: names, .. } = &model.pending.syntax.body else { continue };
        for part in names.iter().filter_map(|name| name.parts.last()) {
            // What cannot be read has been told of the fact.
            let Some(pattern) = shared.generator.text(&part.text, &model.pending.env, &mut Diagnostics::new()) else { continue };
            todo.extend(shared.metrics.iter().filter(|m| glob(&pattern, m.name.as_str())));
        }
    }
    let mut found = BTreeSet::new();
    while let Some(metric) = todo.pop() {
        if found.insert(metric.name.clone()) {
            let parts = ratio::parts(shared, metric);
            todo.extend(shared.metrics.iter().filter(|m| parts.contains(&m.name)));
        }
    }
    found
}
