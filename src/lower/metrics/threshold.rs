//! `min_group 11 of subject patient`, and what has to be proven for it.

use super::super::apart;
use super::super::asked;
use super::super::cx::Cx;
use super::super::equal::Place;
use super::super::model::Shared;
use super::super::parse::parse_query;
use super::super::query::lower_query;
use super::super::whose::{self, Whose};
use super::super::writer::TokenWriter;
use super::counts::{Count, write_count};
use super::definition::{Shape, plain};
use super::period::{conditions, group, period};
use super::{Fact, Need};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Counted, MetricCells, Select, SetExpr, SmallestGroup, TableId, Unwithheld};
use crate::resolve::PendingModel;
use crate::syntax::ast::WordKind;
use sqlparser::ast::{Query, Visit, Visitor};
use sqlparser::tokenizer::Token;
use std::ops::ControlFlow;
use std::sync::Arc;

/// `min_group 11 of subject patient keep zeros crosswise because "…" overlapping because "…"`
pub(super) struct Threshold {
    pub(super) k: u32,
    pub(super) subject: Ident,
    /// Whether cells of nobody are told.
    pub(super) zeros: bool,
    /// Why no dimension decides another, where its author answers for that.
    pub(super) crosswise: Option<Arc<str>>,
    /// Why cells may hold the same rows, where its author answers for that.
    pub(super) overlapping: Option<Arc<str>>,
}

/// A fact's threshold. `Err` after reporting that it is not understood.
pub(super) fn read(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>) -> Result<Option<Threshold>, ()> {
    let words = &model.pending.syntax.head;
    let Some(at) = words.iter().position(|w| plain(w) == Some("min_group")) else { return Ok(None) };
    let says = |offset: usize, text: &str| words.get(at + offset).and_then(plain) == Some(text);
    let number = words
        .get(at + 1)
        .and_then(|w| if let WordKind::Number { value, .. } = &w.kind { value.parse().ok().filter(|k| *k > 1) } else { None });
    let subject = words.get(at + 4).filter(|_| says(2, "of") && says(3, "subject"));
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
    let zeros = says(5, "keep") && says(6, "zeros");
    let mut end = at + if zeros { 7 } else { 5 };
    let mut answered = |word: &str, what: &str| {
        let reason = answered(cx, shared, model, (end, word, what))?;
        end += if reason.is_some() { 3 } else { 0 };
        Ok(reason)
    };
    let crosswise = answered("crosswise", "why no dimension decides another")?;
    let overlapping = answered("overlapping", "why differences of cells that hold the same rows may be told")?;
    if let Some(more) = words.get(end) {
        let problem = Diagnostic::error(Code::BadSetting, more.at, "`min_group` does not know what stands behind it here");
        cx.error(problem.help("write `min_group 11 of subject patient`, with `keep zeros` behind it where cells of nobody are to be told, then `crosswise because \"…\"` and `overlapping because \"…\"`"));
        return Err(());
    }
    Ok(Some(Threshold { k, subject: Ident::folded(subject), zeros, crosswise, overlapping }))
}

/// `overlapping because "…"`, where the word stands there: the reason. `Err` after reporting that there is none.
fn answered(
    cx: &Cx<'_>,
    shared: &Shared<'_>,
    model: &PendingModel<'_>,
    (at, word, what): (usize, &str, &str),
) -> Result<Option<Arc<str>>, ()> {
    let words = &model.pending.syntax.head;
    let Some(here) = words.get(at).filter(|w| plain(w) == Some(word)) else { return Ok(None) };
    let said = words.get(at + 1).filter(|w| plain(w) == Some("because")).and_then(|_| words.get(at + 2));
    let reason = match said.map(|w| &w.kind) {
        Some(WordKind::Text(text)) => shared.generator.text(text, &model.pending.env, &mut cx.diagnostics.borrow_mut()),
        _ => Some(Arc::default()),
    };
    let reason = reason.ok_or(())?;
    if reason.trim().is_empty() {
        let problem = Diagnostic::error(Code::BadSetting, here.at, format!("`{word}` needs a reason"));
        cx.error(problem.help(format!("write `{word} because \"…\"`: {what}")));
        return Err(());
    }
    Ok(Some(reason.trim().into()))
}

impl Fact<'_, '_> {
    /// Notes the column that cells are counted by; that it names the subject is proven when all assertions are read.
    pub(super) fn count_by(&self, table: TableId, subject: &(Ident, Span), threshold: &Threshold) -> Option<()> {
        let columns = &self.cx.finished(table)?.table.columns;
        let Some(position) = columns.iter().position(|c| c.name == subject.0) else {
            let problem = Diagnostic::error(Code::UnknownColumn, subject.1, format!("there is no column `{}` to count by", subject.0));
            self.cx.error(problem.suggest(subject.0.as_str(), columns.iter().map(|c| c.name.as_str())));
            return None;
        };
        let column = u32::try_from(position).ok()?;
        self.cx.counted.borrow_mut().push(Counted { subject: Some(threshold.subject.clone()), table, column, at: subject.1 });
        Some(())
    }

    /// Whom each row of the fact stands for at least `k` of; nobody where a metric is told however small it is.
    pub(super) fn grouped(&self, at: Span) -> Option<SmallestGroup> {
        let threshold = self.threshold.as_ref()?;
        let counts = |need: &Need<'_>| !matches!(need.definition.shape, Shape::Over { subject: None, .. });
        let all = !threshold.zeros && self.needs.iter().all(counts);
        all.then(|| SmallestGroup { k: threshold.k, subject: threshold.subject.clone(), at })
    }

    /// What the cells stand on, metric by metric; ratios on those they are made of.
    pub(super) fn cells(&self) -> Vec<MetricCells> {
        let withheld = || self.threshold.as_ref().map(|t| (t.k, t.subject.clone()));
        let one = |need: &Need<'_>| match &need.definition.shape {
            Shape::Over { table, subject, .. } => {
                let withheld = subject.as_ref().and_then(|_| withheld());
                let (crosswise, overlapping) =
                    self.threshold.as_ref().map(|t| (t.crosswise.clone(), t.overlapping.clone())).unwrap_or_default();
                Some(MetricCells { table: *table, withheld, released: self.is_released(need), crosswise, overlapping })
            }
            Shape::Ratio { .. } => None,
        };
        self.needs.iter().filter_map(one).collect()
    }

    /// Whether the author of a metric released its value.
    fn is_released(&self, need: &Need<'_>) -> bool {
        let Shape::Over { value, .. } = &need.definition.shape else { return false };
        let written = self.cx.sources.slice(*value).trim_start();
        written.get(..7).is_some_and(|w| w.eq_ignore_ascii_case("release"))
            && written.trim_start_matches(char::is_alphabetic).trim_start().starts_with('(')
    }

    /// Notes a metric whose cells are told however small they are, unless its author released the value.
    pub(super) fn not_withheld(&self, need: &Need<'_>, table: TableId, threshold: &Threshold) {
        if !self.is_released(need) {
            let subject = threshold.subject.clone();
            self.cx.unwithheld.borrow_mut().push(Unwithheld { subject, table, metric: need.pending.name.clone(), at: need.pending.at });
        }
    }

    /// A condition that asks another query tells of people who are not counted: no number of counted ones hides them.
    pub(super) fn asks_nothing_else(&self, query: &Query, name: &Ident, at: Span) -> Option<()> {
        let mut queries = Queries(0);
        let _ = query.visit(&mut queries);
        if queries.0 <= 1 {
            return Some(());
        }
        let problem =
            Diagnostic::error(Code::CountedElsewhere, at, format!("a condition of metric `{name}` reads more than the rows it counts"));
        self.cx.error(problem.help("take the condition into the metric's model, as a column, so that what it tells is traced"));
        None
    }
}

impl Fact<'_, '_> {
    /// Refuses a metric whose filter, `where` or period, or a condition of the models below it, asks of somebody who is not counted.
    pub(super) fn asks_of_counted(&self, need: &Need<'_>, subject: &(Ident, Span), count: &Count) -> Option<()> {
        let Some((select, table)) = self.probe(need, subject, count) else { return Some(()) };
        let column = self.cx.finished(table).and_then(|f| f.table.columns.iter().position(|c| c.name == subject.0));
        let Some(column) = column.and_then(|c| u32::try_from(c).ok()) else { return Some(()) };
        let subjects = whose::subjects(self.cx, (table, column));
        let place = (Ident::folded("m"), subject.0.clone());
        let name = &need.pending.name;
        let Some(at) = asked::elsewhere(self.cx, &select, &Whose::Of(&subjects), &place, need.pending.at) else {
            return self.lies_apart(need, &select, &place);
        };
        let message = format!("metric `{name}` asks of somebody whom it does not count");
        let problem = Diagnostic::error(Code::CountedElsewhere, need.pending.at, message);
        let problem = if at == need.pending.at { problem } else { problem.mark(at, "asked here") };
        self.cx.error(problem.help(format!(
            "ask of the counted rows only: what is asked stands in the row that names `{}`, or in one that names it by an equal column",
            subject.0
        )));
        None
    }

    /// Refuses a metric whose cells may hold the same rows, unless the author of its fact answers for that.
    fn lies_apart(&self, need: &Need<'_>, select: &Select, counted: &Place) -> Option<()> {
        let answered = self.threshold.as_ref().is_some_and(|t| t.overlapping.is_some());
        if answered || apart::counted_in(self.cx, select, counted) {
            return Some(());
        }
        let message = format!("cells of metric `{}` may hold the same rows", need.pending.name);
        let problem = Diagnostic::error(Code::GroupsOverlap, need.pending.at, message)
            .help("one table's row decides which cell it is in, by its own columns, keys, or what equals these: count by the period it lies in, not by windows that share days")
            .help("or write `overlapping because \"…\"` behind the fact's `min_group`: then differences of its cells are told, however small");
        self.cx.error(problem);
        None
    }

    /// Whom a metric counts and in which period, as one block over its table. What cannot be read is reported where its cells are.
    fn probe(&self, need: &Need<'_>, subject: &(Ident, Span), count: &Count) -> Option<(Box<Select>, TableId)> {
        let definition = &need.definition;
        let Shape::Over { table, source, .. } = &definition.shape else { return None };
        let at = need.pending.at;
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        writer.words("select", at);
        write_count(&mut writer, &subject.0, &[count], at);
        writer.words("as value", at);
        writer.push(Token::Comma, at);
        period(&mut writer, definition);
        writer.words("as period_date from", at);
        writer.snippet(*source, &need.pending.env);
        writer.words("as m", at);
        conditions(&mut writer, definition, None, at);
        group(&mut writer, definition, at);
        let (said, dated) = (self.cx.diagnostics.take(), self.cx.dated.borrow().len());
        let query = (!writer.failed).then_some(writer.out).and_then(|tokens| parse_query(self.cx, tokens));
        let lowered = query.map(|query| lower_query(self.cx, None, &query));
        let failed = self.cx.diagnostics.replace(said).has_errors();
        self.cx.dated.borrow_mut().truncate(dated);
        match lowered?.query.body {
            SetExpr::Select(select) if !failed => Some((select, *table)),
            _ => None,
        }
    }
}

struct Queries(usize);

impl Visitor for Queries {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }
}
