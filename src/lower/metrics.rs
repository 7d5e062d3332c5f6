//! Metrics and the facts made of them. Each metric becomes a `with` entry over its table, one row per period and combination of dimensions;
//! a ratio joins others; the fact is their union. All of it is written as tokens and lowered like any query.

use super::cx::{CteRows, Rows};
use super::metric::{Definition, Shape, plain, read};
use super::model::Shared;
use super::order::glob;
use super::parse::parse_query;
use super::query::{Lowered, lower_query};
use super::writer::TokenWriter;
use super::{Cx, Facts};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Counted, Cte, Metric, MetricSource, TableId};
use crate::resolve::{Pending, PendingModel};
use crate::syntax::ast::{self, Name, WordKind};
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::collections::BTreeSet;

/// Reads metrics for `program.metrics`.
pub(super) fn metrics(shared: &Shared<'_>, metrics: &[Pending<'_, ast::Metric>], diagnostics: &mut Diagnostics) -> Vec<Metric> {
    let described = |pending: &Pending<'_, ast::Metric>| {
        let definition = read(shared, pending, diagnostics)?;
        let source = match &definition.shape {
            Shape::Over { table, .. } => MetricSource::Table(*table),
            Shape::Ratio { .. } => MetricSource::Metrics(ratio_parts(shared, pending)),
        };
        Some(Metric {
            name: pending.name.clone(),
            doc: pending.doc.clone(),
            unit: definition.unit,
            grain: definition.grain.map(|(g, _)| g),
            dimensions: definition.dimensions.into_iter().map(|(d, _)| d).collect(),
            version: definition.version,
            source,
            at: pending.at,
        })
    };
    metrics.iter().filter_map(described).collect()
}

/// Names of other metrics a ratio mentions, in order.
fn ratio_parts(shared: &Shared<'_>, pending: &Pending<'_, ast::Metric>) -> Vec<Ident> {
    let ast::MetricBody::Ratio { expr, .. } = &pending.syntax.body else { return Vec::new() };
    let words = shared.sources.slice(expr.at).split(|c: char| !c.is_alphanumeric() && c != '_').map(Ident::folded);
    let known = |w: &Ident| shared.metrics.iter().any(|m| m.name == *w);
    let mut seen = BTreeSet::new();
    words.filter(|w| known(w) && seen.insert(w.clone())).collect()
}

/// `from metrics …`: what they read is finished before. `None` after reporting why it cannot be built.
pub(super) fn fact(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, names: &[Name]) -> Option<Lowered> {
    let listed = chosen(cx, shared, model, names)?;
    let threshold = threshold(cx, model).ok()?;
    let mut fact = Fact { cx, shared, threshold, done: Vec::new(), with: Vec::new() };
    let visible = cx.ctes.borrow().len();
    let built = listed.iter().all(|metric| fact.build(metric, &mut Vec::new()));
    let lowered = built.then(|| fact.union(&listed, model.pending.at)).flatten();
    cx.ctes.borrow_mut().truncate(visible);
    lowered.map(|mut lowered| {
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

/// `min_group 11 of subject patient`
struct Threshold {
    k: u32,
    subject: Ident,
}

/// A fact's threshold. `Err` after reporting that it is not understood.
fn threshold(cx: &Cx<'_>, model: &PendingModel<'_>) -> Result<Option<Threshold>, ()> {
    let words = &model.pending.syntax.head;
    let Some(at) = words.iter().position(|w| plain(w) == Some("min_group")) else { return Ok(None) };
    let number = words
        .get(at + 1)
        .and_then(|w| if let WordKind::Number { value, .. } = &w.kind { value.parse().ok().filter(|k| *k > 1) } else { None });
    let of = words.get(at + 2).and_then(plain) == Some("of") && words.get(at + 3).and_then(plain) == Some("subject");
    let subject = words.get(at + 4).filter(|_| of);
    let (Some(k), Some(word), Some(subject)) = (number, subject, subject.and_then(plain)) else {
        let problem =
            Diagnostic::error(Code::BadSetting, model.pending.at, "`min_group` takes a number greater than one and whom it counts");
        cx.error(problem.help("write `min_group 11 of subject patient`"));
        return Err(());
    };
    let known = &cx.program.subjects;
    if !known.iter().any(|s| s.name.as_str() == subject) {
        let problem = Diagnostic::error(Code::UnknownName, word.at, format!("no subject is called `{subject}`"));
        let problem = problem.suggest(subject, known.iter().map(|s| s.name.as_str()));
        cx.error(problem.help("declare it: `subject patient key <table>.<column>`, the column that names each patient once"));
        return Err(());
    }
    Ok(Some(Threshold { k, subject: Ident::folded(subject) }))
}

struct Fact<'f, 'a> {
    cx: &'f Cx<'a>,
    shared: &'f Shared<'f>,
    threshold: Option<Threshold>,
    done: Vec<(Ident, Definition)>,
    with: Vec<Cte>,
}

impl Fact<'_, '_> {
    /// Makes a metric's `with` entry, those it needs first. Whether it could be made.
    fn build(&mut self, pending: &Pending<'_, ast::Metric>, path: &mut Vec<Ident>) -> bool {
        if self.done.iter().any(|(n, _)| *n == pending.name) {
            return true;
        }
        if path.contains(&pending.name) {
            self.cx.error(Diagnostic::error(Code::MetricShape, pending.at, format!("metric `{}` is computed from itself", pending.name)));
            return false;
        }
        if self.shared.program.table_names.contains_key(&pending.name) {
            let problem = Diagnostic::error(Code::MetricShape, pending.at, format!("metric and table share the name `{}`", pending.name));
            self.cx.error(problem.help("rename the metric"));
            return false;
        }
        let Some(definition) = read(self.shared, pending, &mut self.cx.diagnostics.borrow_mut()) else { return false };
        path.push(pending.name.clone());
        let made = match &definition.shape {
            Shape::Over { .. } => self.over(pending, &definition).map(|lowered| (lowered, definition)),
            Shape::Ratio { .. } => self.ratio(pending, definition, path),
        };
        path.pop();
        let Some((lowered, definition)) = made else { return false };
        let rows =
            Rows { columns: lowered.query.columns.clone(), control: lowered.control.clone(), numbers: Vec::new(), open: lowered.open };
        self.cx.ctes.borrow_mut().push(CteRows { name: pending.name.clone(), rows });
        self.with.push(Cte { name: pending.name.clone(), query: lowered.query, recursive: false, at: pending.at });
        self.done.push((pending.name.clone(), definition));
        true
    }

    /// `select period, dimensions, value from table where … group by … having count(distinct subject) >= k`
    fn over(&mut self, pending: &Pending<'_, ast::Metric>, definition: &Definition) -> Option<Lowered> {
        let Shape::Over { table, source, value, filter, subject, .. } = &definition.shape else { return None };
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        let env = &pending.env;
        let at = pending.at;
        let value = {
            writer.snippet(*value, env);
            std::mem::take(&mut writer.out)
        };
        writer.words("select", at);
        period(&mut writer, definition);
        writer.words("as period_date", at);
        for (dimension, at) in &definition.dimensions {
            writer.push(Token::Comma, *at);
            writer.column("m", dimension, *at);
            writer.words("as", *at);
            writer.name(dimension, *at);
        }
        writer.push(Token::Comma, at);
        cast_numeric(&mut writer, &value, at);
        writer.words("as value from", at);
        writer.snippet(*source, env);
        writer.words("as m", at);
        conditions(&mut writer, definition, filter.as_ref().map(|f| (*f, env)), at);
        let proven = subject.as_ref().zip(self.threshold.as_ref());
        group(&mut writer, definition, at);
        if let Some((subject, threshold)) = proven {
            self.counts_subject(&value, subject, pending)?;
            self.count_by(*table, subject, threshold)?;
            writer.words("having", at);
            writer.push(Token::LParen, at);
            writer.out.extend(value.iter().cloned());
            writer.push(Token::RParen, at);
            writer.push(Token::GtEq, at);
            writer.push(Token::Number(threshold.k.to_string(), false), at);
        }
        let tokens = (!writer.failed).then_some(writer.out)?;
        let query = parse_query(self.cx, tokens)?;
        let mut lowered = lower_query(self.cx, None, &query);
        self.cx.reads.borrow_mut().insert(*table);
        if let Some((_, Threshold { k, .. })) = proven {
            lowered.query.columns.iter_mut().for_each(|c| c.label = c.label.aggregated(*k));
            lowered.control = Facts { label: lowered.control.label.aggregated(*k), ..lowered.control };
        }
        Some(lowered)
    }

    /// Notes the column that cells are counted by; that it names the subject is proven when all assertions are read.
    fn count_by(&self, table: TableId, subject: &(Ident, Span), threshold: &Threshold) -> Option<()> {
        let columns = &self.cx.finished(table)?.table.columns;
        let Some(position) = columns.iter().position(|c| c.name == subject.0) else {
            let problem = Diagnostic::error(Code::UnknownColumn, subject.1, format!("there is no column `{}` to count by", subject.0));
            self.cx.error(problem.suggest(subject.0.as_str(), columns.iter().map(|c| c.name.as_str())));
            return None;
        };
        let column = u32::try_from(position).ok()?;
        self.cx.counted.borrow_mut().push(Counted { subject: threshold.subject.clone(), table, column, at: subject.1 });
        Some(())
    }

    /// A cell is a count of subjects only when it counts distinct ones; then `value >= k` is the small-cell rule itself.
    fn counts_subject(&self, value: &[TokenWithSpan], subject: &(Ident, Span), pending: &Pending<'_, ast::Metric>) -> Option<()> {
        let word = |t: &TokenWithSpan, text: &str| matches!(&t.token, Token::Word(w) if w.value.eq_ignore_ascii_case(text));
        let counts = match value {
            [count, open, distinct, column, close, ..] => {
                word(count, "count")
                    && open.token == Token::LParen
                    && word(distinct, "distinct")
                    && word(column, subject.0.as_str())
                    && close.token == Token::RParen
            }
            _ => false,
        };
        let filtered_or_alone = value.get(5).is_none_or(|t| word(t, "filter"));
        if counts && filtered_or_alone && closes_last(value) {
            return Some(());
        }
        let problem = Diagnostic::error(
            Code::MetricShape,
            subject.1,
            format!("metric `{}` does not count its subject, so no cell size can be proven", pending.name),
        );
        self.cx.error(
            problem.help(format!(
                "a metric with `subject {0}` has the value `count(distinct {0})`, with a `filter (…)` if need be",
                subject.0
            )),
        );
        None
    }

    /// `select a.period, …, expression from a join b on same period and dimensions`
    fn ratio(
        &mut self,
        pending: &Pending<'_, ast::Metric>,
        definition: Definition,
        path: &mut Vec<Ident>,
    ) -> Option<(Lowered, Definition)> {
        let Shape::Ratio { expr } = definition.shape else { return None };
        let parts = ratio_parts(self.shared, pending);
        for part in &parts {
            let other = self.shared.metrics.iter().find(|m| m.name == *part)?;
            if !self.build(other, path) {
                return None;
            }
        }
        let shapes: Vec<&Definition> = parts.iter().filter_map(|p| self.done.iter().find(|(n, _)| n == p)).map(|(_, d)| d).collect();
        let Some(first) = shapes.first().copied().cloned() else {
            let problem = Diagnostic::error(Code::MetricShape, expr, format!("`{}` mentions no metric", pending.name));
            self.cx.error(problem.suggest(self.shared.sources.slice(expr), self.shared.metrics.iter().map(|m| m.name.as_str())));
            return None;
        };
        if shapes.iter().any(|s| !s.same_cells(&first)) {
            let problem =
                Diagnostic::error(Code::MetricShape, expr, format!("the metrics of `{}` differ in grain or dimensions", pending.name));
            self.cx.error(problem.help("a ratio is computed cell by cell: give both the same `grain` and `by`"));
            return None;
        }
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        self.write_ratio(&mut writer, pending, &parts, &first, expr);
        let tokens = (!writer.failed).then_some(writer.out)?;
        let query = parse_query(self.cx, tokens)?;
        let lowered = lower_query(self.cx, None, &query);
        let definition = Definition { unit: definition.unit, version: definition.version, shape: Shape::Ratio { expr }, ..first };
        Some((lowered, definition.clone()))
    }

    fn write_ratio(
        &self,
        writer: &mut TokenWriter<'_, '_>,
        pending: &Pending<'_, ast::Metric>,
        parts: &[Ident],
        first: &Definition,
        expr: Span,
    ) {
        let percent = matches!(&pending.syntax.body, ast::MetricBody::Ratio { settings, .. } if super::metric::says(settings, "percent"));
        let Some((head, others)) = parts.split_first() else { return };
        let keys: Vec<Ident> = std::iter::once(Ident::from("period_date")).chain(first.dimensions.iter().map(|(d, _)| d.clone())).collect();
        writer.words("select", expr);
        for key in &keys {
            writer.column(head.as_str(), key, expr);
            writer.push(Token::Comma, expr);
        }
        writer.words("round", expr);
        writer.push(Token::LParen, expr);
        if percent {
            writer.push(Token::Number("100".into(), false), expr);
            writer.push(Token::Mul, expr);
        }
        writer.push(Token::LParen, expr);
        let before = writer.out.len();
        writer.snippet(expr, &pending.env);
        let written = writer.out.split_off(before);
        substitute(writer, &written, parts, expr);
        writer.push(Token::RParen, expr);
        writer.push(Token::Comma, expr);
        writer.push(Token::Number("4".into(), false), expr);
        writer.push(Token::RParen, expr);
        writer.words("as value from", expr);
        writer.name(head, expr);
        for other in others {
            writer.words("join", expr);
            writer.name(other, expr);
            writer.words("on", expr);
            for (i, key) in keys.iter().enumerate() {
                if i > 0 {
                    writer.words("and", expr);
                }
                writer.column(other.as_str(), key, expr);
                writer.words("is not distinct from", expr);
                writer.column(head.as_str(), key, expr);
            }
        }
    }

    /// One block per metric: its name, unit, grain, period, every dimension any metric has, value.
    fn union(&self, listed: &[&Pending<'_, ast::Metric>], at: Span) -> Option<Lowered> {
        let shape = |name: &Ident| self.done.iter().find(|(n, _)| n == name).map(|(_, d)| d);
        let mut dimensions: Vec<Ident> = Vec::new();
        for definition in listed.iter().filter_map(|m| shape(&m.name)) {
            dimensions
                .extend(definition.dimensions.iter().map(|(d, _)| d).filter(|d| !dimensions.contains(d)).cloned().collect::<Vec<_>>());
        }
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        for (i, metric) in listed.iter().enumerate() {
            let definition = shape(&metric.name)?;
            if i > 0 {
                writer.words("union all", at);
            }
            writer.words("select", at);
            labelled_text(&mut writer, metric.name.as_str(), "metric_id", metric.at);
            labelled_text(&mut writer, &definition.unit, "unit", metric.at);
            labelled_text(&mut writer, definition.grain.as_ref().map_or("all", |(g, _)| g), "grain", metric.at);
            writer.column(metric.name.as_str(), &Ident::from("period_date"), metric.at);
            writer.push(Token::Comma, at);
            for dimension in &dimensions {
                if definition.dimensions.iter().any(|(d, _)| d == dimension) {
                    writer.column(metric.name.as_str(), dimension, metric.at);
                } else {
                    writer.words("null as", metric.at);
                    writer.name(dimension, metric.at);
                }
                writer.push(Token::Comma, at);
            }
            writer.column(metric.name.as_str(), &Ident::from("value"), metric.at);
            writer.words("from", metric.at);
            writer.name(&metric.name, metric.at);
        }
        let query = parse_query(self.cx, writer.out)?;
        Some(lower_query(self.cx, None, &query))
    }
}

/// Whether the bracket that ends the value is the one its last opening bracket began: nothing follows the count but its filter.
fn closes_last(value: &[TokenWithSpan]) -> bool {
    let mut depth = 0i32;
    let mut closings = 0;
    for token in value {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth -= 1;
                closings += i32::from(depth == 0);
            }
            _ => {}
        }
    }
    let ends = value.last().is_some_and(|t| t.token == Token::RParen);
    ends && closings <= 2
}

fn labelled_text(writer: &mut TokenWriter<'_, '_>, text: &str, name: &str, at: Span) {
    writer.text(text, at);
    writer.words("as", at);
    writer.name(&Ident::from(name), at);
    writer.push(Token::Comma, at);
}

/// `date_trunc('month', m."encounter_date"::timestamp)::date`, or nothing where the metric has no period.
fn period(writer: &mut TokenWriter<'_, '_>, definition: &Definition) {
    match (&definition.period, &definition.grain) {
        (Some((column, at)), Some((grain, _))) => {
            writer.words("cast", *at);
            writer.push(Token::LParen, *at);
            writer.words("date_trunc", *at);
            writer.push(Token::LParen, *at);
            writer.text(grain, *at);
            writer.push(Token::Comma, *at);
            writer.words("cast", *at);
            writer.push(Token::LParen, *at);
            writer.column("m", column, *at);
            writer.words("as timestamp", *at);
            writer.push(Token::RParen, *at);
            writer.push(Token::RParen, *at);
            writer.words("as date", *at);
            writer.push(Token::RParen, *at);
        }
        _ => {
            let at = definition.at;
            writer.words("cast", at);
            writer.push(Token::LParen, at);
            writer.words("null as date", at);
            writer.push(Token::RParen, at);
        }
    }
}

fn cast_numeric(writer: &mut TokenWriter<'_, '_>, value: &[TokenWithSpan], at: Span) {
    writer.words("cast", at);
    writer.push(Token::LParen, at);
    writer.out.extend(value.iter().cloned());
    writer.words("as numeric", at);
    writer.push(Token::RParen, at);
}

/// `where period is not null and (filter)`
fn conditions(writer: &mut TokenWriter<'_, '_>, definition: &Definition, filter: Option<(Span, &crate::resolve::Env)>, at: Span) {
    let mut lead = "where";
    if let Some((column, at)) = &definition.period {
        writer.words(lead, *at);
        writer.column("m", column, *at);
        writer.words("is not null", *at);
        lead = "and";
    }
    if let Some((filter, env)) = filter {
        writer.words(lead, at);
        writer.push(Token::LParen, at);
        writer.snippet(filter, env);
        writer.push(Token::RParen, at);
    }
}

fn group(writer: &mut TokenWriter<'_, '_>, definition: &Definition, at: Span) {
    let mut lead = "group by";
    if definition.period.is_some() {
        writer.words(lead, at);
        period(writer, definition);
        lead = "";
    }
    for (dimension, at) in &definition.dimensions {
        if lead.is_empty() {
            writer.push(Token::Comma, *at);
        } else {
            writer.words(lead, *at);
            lead = "";
        }
        writer.column("m", dimension, *at);
    }
}

/// Metric names become their values; one that divides is guarded against zero.
fn substitute(writer: &mut TokenWriter<'_, '_>, written: &[TokenWithSpan], parts: &[Ident], at: Span) {
    let mut divides = false;
    for token in written {
        let metric = match &token.token {
            Token::Word(w) => parts.iter().find(|p| p.as_str().eq_ignore_ascii_case(&w.value)),
            _ => None,
        };
        match metric {
            Some(metric) if divides => {
                writer.words("nullif", at);
                writer.push(Token::LParen, at);
                writer.column(metric.as_str(), &Ident::from("value"), at);
                writer.push(Token::Comma, at);
                writer.push(Token::Number("0".into(), false), at);
                writer.push(Token::RParen, at);
            }
            Some(metric) => writer.column(metric.as_str(), &Ident::from("value"), at),
            None => writer.out.push(token.clone()),
        }
        divides = token.token == Token::Div;
    }
}
