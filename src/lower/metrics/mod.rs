//! Metrics and the facts made of them. Each metric becomes a `with` entry over its table, one row per period and combination of dimensions;
//! a ratio joins others; the fact is their union. All of it is written as tokens and lowered like any query.

mod alike;
mod cells;
mod counts;
mod crosswise;
mod cuts;
mod definition;
mod idle;
mod order;
mod over;
mod period;
mod ratio;
mod shape;
mod shown;
mod summed;
mod sums;
mod threshold;
mod union;
mod written_sums;

use super::cx::{CteRows, Rows};
use super::model::Shared;
use super::order::glob;
use super::query::Lowered;
use super::{Cx, Facts};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Cte, Label, Metric, MetricSource};
use crate::resolve::{Pending, PendingModel};
use crate::syntax::ast::{self, Name};
use crate::syntax::{TokenKind, tokens};
use cuts::Family;
use definition::{Definition, Shape, read};
pub(super) use idle::idle;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use threshold::Threshold;

/// Reads metrics for `program.metrics`.
pub(super) fn metrics(shared: &Shared<'_>, metrics: &[Pending<'_, ast::Metric>], diagnostics: &mut Diagnostics) -> Vec<Metric> {
    let described = |pending: &Pending<'_, ast::Metric>| {
        let definition = read(shared, pending, diagnostics)?;
        let source = match &definition.shape {
            Shape::Over { table, .. } => MetricSource::Table(*table),
            Shape::Ratio { .. } => MetricSource::Metrics(ratio::parts(shared, pending)),
        };
        let value = computed(shared, &definition);
        Some(Metric {
            name: pending.name.clone(),
            doc: pending.doc.clone(),
            unit: definition.unit,
            grain: definition.grain.map(|(g, _)| g),
            dimensions: definition.dimensions.into_iter().map(|(d, _)| d).collect(),
            version: definition.version,
            source,
            value,
            at: pending.at,
        })
    };
    let mut all: Vec<Metric> = metrics.iter().filter_map(described).collect();
    as_their_parts(&mut all);
    all
}

/// A ratio has the periods and dimensions of what it is made of, and that is computed over a table in the end.
fn as_their_parts(all: &mut [Metric]) {
    let place: BTreeMap<Ident, usize> = all.iter().enumerate().map(|(i, m)| (m.name.clone(), i)).collect();
    let part = |all: &[Metric], i: usize| match all.get(i).map(|m| &m.source) {
        Some(MetricSource::Metrics(parts)) => parts.iter().find_map(|p| place.get(p)).copied(),
        _ => None,
    };
    for i in 0..all.len() {
        // One that is made of itself has no end.
        let path = std::iter::successors(Some(i), |i| part(all, *i)).take(all.len());
        let Some(end) = path.last().filter(|end| *end != i).and_then(|end| all.get(end)).cloned() else { continue };
        if let Some(metric) = all.get_mut(i) {
            (metric.grain, metric.dimensions) = (end.grain, end.dimensions);
        }
    }
}

/// How a metric is computed, as tokens one blank apart: what a comparison of two programs goes by.
fn computed(shared: &Shared<'_>, definition: &Definition) -> Arc<str> {
    let read = |at: Span| {
        let text = shared.sources.slice(at);
        let blank = |k: TokenKind| {
            matches!(k, TokenKind::Comment | TokenKind::BlockComment | TokenKind::Doc | TokenKind::Blank | TokenKind::Newline)
        };
        tokens(text).filter(move |t| !blank(t.kind)).filter_map(move |t| text.get(t.start..t.end))
    };
    let mut words: Vec<&str> = Vec::new();
    match &definition.shape {
        Shape::Ratio { expr } => words.extend(read(*expr)),
        Shape::Over { value, filter, subject, .. } => {
            words.extend(read(*value));
            if let Some(filter) = filter {
                words.push("where");
                words.extend(read(*filter));
            }
            if let Some((subject, _)) = subject {
                words.extend(["subject", subject.as_str()]);
            }
        }
    }
    if let Some((period, _)) = &definition.period {
        words.extend(["over", period.as_str()]);
    }
    words.join(" ").into()
}

/// `from metrics …`: what they read is finished before. `None` after reporting why it cannot be built.
pub(super) fn fact(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, names: &[Name]) -> Option<Lowered> {
    let listed = chosen(cx, shared, model, names)?;
    let threshold = threshold::read(cx, shared, model).ok()?;
    let mut fact = Fact { cx, shared, threshold, needs: Vec::new(), families: Vec::new(), done: BTreeSet::new(), with: Vec::new() };
    let visible = cx.ctes.borrow().len();
    let built = fact.build(&listed).and_then(|()| fact.union(&listed, model.pending.at));
    fact.is_keyed(&listed, model);
    cx.ctes.borrow_mut().truncate(visible);
    let grouped = fact.grouped(model.pending.at);
    let cells = fact.cells();
    built.map(|mut lowered| {
        *cx.cells.borrow_mut() = cells;
        *cx.grouped.borrow_mut() = grouped;
        lowered.query.with = fact.with;
        lowered
    })
}

/// The metrics a fact lists, globs resolved, in order of name.
fn chosen<'s, 'a>(
    cx: &Cx<'_>,
    shared: &'s Shared<'a>,
    model: &PendingModel<'_>,
    names: &[Name],
) -> Option<Vec<&'s Pending<'a, ast::Metric>>> {
    let mut found = BTreeSet::new();
    for name in names {
        let Some(part) = name.parts.last() else { continue };
        let pattern = shared.generator.text(&part.text, &model.pending.env, &mut cx.diagnostics.borrow_mut())?;
        let fits: Vec<usize> = shared.metrics.iter().enumerate().filter(|(_, m)| glob(&pattern, m.name.as_str())).map(|(i, _)| i).collect();
        if fits.is_empty() {
            let problem = Diagnostic::error(Code::UnknownName, name.at, format!("no metric is called `{pattern}`"));
            cx.error(problem.suggest(&pattern, shared.metrics.iter().map(|m| m.name.as_str())));
            return None;
        }
        found.extend(fits);
    }
    let mut listed: Vec<_> = found.into_iter().filter_map(|i| shared.metrics.get(i)).collect();
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    Some(listed)
}

/// A metric that a fact lists, or that a ratio in it is made of.
struct Need<'f> {
    pending: &'f Pending<'f, ast::Metric>,
    definition: Definition,
}

/// A fact while it is built.
struct Fact<'f, 'a> {
    cx: &'f Cx<'a>,
    shared: &'f Shared<'f>,
    threshold: Option<Threshold>,
    /// Every metric needed, each after those it is made of.
    needs: Vec<Need<'f>>,
    /// Metrics that count the same people, where there is a smallest group.
    families: Vec<Family>,
    /// Positions in `needs` whose `with` entry is there.
    done: BTreeSet<usize>,
    with: Vec<Cte>,
}

impl<'f> Fact<'f, '_> {
    /// Makes every metric's `with` entry.
    fn build(&mut self, listed: &[&'f Pending<'f, ast::Metric>]) -> Option<()> {
        // One that cannot be read does not keep the others from being looked at.
        let read = listed.iter().map(|metric| self.need(metric, &mut Vec::new())).fold(Some(()), Option::and);
        self.families = self.counted_together()?;
        for position in 0..self.needs.len() {
            if self.done.contains(&position) {
                continue;
            }
            let family = self.families.iter().position(|f| f.holds(position));
            match family {
                Some(family) => self.family(family)?,
                None if matches!(self.needs.get(position)?.definition.shape, Shape::Ratio { .. }) => self.ratio(position)?,
                None => self.plain(position)?,
            }
        }
        read
    }

    /// Notes a metric, those it is made of first.
    fn need(&mut self, pending: &'f Pending<'f, ast::Metric>, path: &mut Vec<Ident>) -> Option<()> {
        if self.needs.iter().any(|n| n.pending.name == pending.name) {
            return Some(());
        }
        let refuse = |message: String| Diagnostic::error(Code::MetricShape, pending.at, message);
        if path.contains(&pending.name) {
            self.cx.error(refuse(format!("metric `{}` is computed from itself", pending.name)));
            return None;
        }
        if self.shared.program.table_names.contains_key(&pending.name) {
            self.cx.error(refuse(format!("metric and table share the name `{}`", pending.name)).help("rename the metric"));
            return None;
        }
        let mut definition = read(self.shared, pending, &mut self.cx.diagnostics.borrow_mut())?;
        if matches!(definition.shape, Shape::Ratio { .. }) {
            path.push(pending.name.clone());
            for part in ratio::parts(self.shared, pending) {
                let other = self.shared.metrics.iter().find(|m| m.name == part)?;
                self.need(other, path)?;
            }
            path.pop();
            definition = self.as_its_parts(pending, definition)?;
        }
        self.needs.push(Need { pending, definition });
        Some(())
    }

    fn named(&self, name: &Ident) -> Option<&Need<'f>> {
        self.needs.iter().find(|n| n.pending.name == *name)
    }

    /// Keeps a `with` entry, to be read by those after it.
    fn keep(&mut self, name: Ident, lowered: Lowered, at: Span) {
        let rows = Rows {
            columns: lowered.query.columns.clone(),
            control: lowered.control.clone(),
            numbers: Vec::new(),
            shaped: lowered.shaped.clone(),
            open: lowered.open,
        };
        self.cx.ctes.borrow_mut().push(CteRows { name: name.clone(), rows, query: None, recursive: false });
        self.with.push(Cte { name, query: lowered.query.into(), recursive: false, at });
    }
}

/// What is left of labels where every row stands for at least `k` people: the value, the period it is told for, and what decided which rows
/// there are tell of groups only. A dimension keeps what it tells: eleven patients may share a practitioner's name, and it is still a name.
fn of_groups(lowered: &mut Lowered, k: u32) {
    for column in &mut lowered.query.columns {
        let told_by_group = matches!(column.name.as_str(), "value" | "period_date");
        let value = column.label.value_part();
        let value = if told_by_group { value.aggregated(k) } else { value };
        column.label = Label::join(&value, &column.label.control_part().aggregated(k));
    }
    lowered.control = Facts { label: lowered.control.label.aggregated(k), ..lowered.control.clone() };
}
