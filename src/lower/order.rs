use super::graph::{components, waves, way_round};
use super::model::{Shared, read_body};
use super::names::ident;
use super::scan::{Mention, words};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::TableId;
use crate::resolve::{Env, Pending, PendingModel, Slot, Value};
use crate::syntax::ast::{self, Body, ClauseKind, MetricBody, ModelBody, Name, SelectEntry};
use sqlparser::ast::{Visit, Visitor};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// In which order models are lowered.
pub(super) struct Plan {
    /// Slots of models; each wave reads earlier waves, sources and seeds only.
    pub(super) waves: Vec<Vec<usize>>,
}

/// Puts models in order and reports those that read each other in a circle; these are left out.
///
/// Names are first taken from the text, every word that could be a table: cheap, and too many. Only models that seem to lie on a circle
/// are parsed, to see which tables they really read.
pub(super) fn plan(shared: &Shared<'_>, slots: &[Slot<'_>], metrics: &[Pending<'_, ast::Metric>], diagnostics: &mut Diagnostics) -> Plan {
    let metrics: BTreeMap<&Ident, &Pending<'_, ast::Metric>> = metrics.iter().map(|m| (&m.name, m)).collect();
    let words = by_word(shared, slots);
    let mut edges: Vec<Vec<usize>> =
        slots.iter().map(|slot| pending(slot).map_or_else(Vec::new, |m| mentioned(shared, &words, &metrics, m))).collect();
    for component in suspects(&edges) {
        for member in component {
            if let (Some(slot), Some(model)) = (edges.get_mut(member), slots.get(member).and_then(pending))
                && let Some(reads) = exact(shared, slots, model)
            {
                *slot = reads;
            }
        }
    }
    let mut out: Vec<bool> = slots.iter().map(|s| matches!(s, Slot::Ready(_))).collect();
    for component in suspects(&edges) {
        report(slots, &edges, &component, diagnostics);
        for member in component {
            if let Some(slot) = out.get_mut(member) {
                *slot = true;
            }
        }
    }
    Plan { waves: waves(&edges, &out) }
}

fn pending<'s, 'a>(slot: &'s Slot<'a>) -> Option<&'s PendingModel<'a>> {
    match slot {
        Slot::Pending(model) => Some(model),
        Slot::Ready(_) => None,
    }
}

/// Slots of models by the last word of each name they have: `marts.patient` is found by `patient`.
fn by_word<'s>(shared: &'s Shared<'_>, slots: &[Slot<'_>]) -> HashMap<&'s str, Vec<usize>> {
    let mut words: HashMap<&str, Vec<usize>> = HashMap::new();
    for (name, TableId(id)) in &shared.program.table_names {
        let index = *id as usize;
        if matches!(slots.get(index), Some(Slot::Pending(_))) {
            let word = name.as_str().rsplit('.').next().unwrap_or_default();
            for word in [word, name.as_str()] {
                let of_word = words.entry(word).or_default();
                if !of_word.contains(&index) {
                    of_word.push(index);
                }
            }
        }
    }
    words
}

/// Components that hold a circle.
fn suspects(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let loops = |c: &Vec<usize>| c.len() > 1 || c.first().is_some_and(|n| edges.get(*n).is_some_and(|e| e.contains(n)));
    components(edges).into_iter().filter(loops).collect()
}

fn report(slots: &[Slot<'_>], edges: &[Vec<usize>], component: &[usize], diagnostics: &mut Diagnostics) {
    let path: Vec<&PendingModel<'_>> = way_round(edges, component).iter().filter_map(|n| slots.get(*n).and_then(pending)).collect();
    let Some(first) = path.first() else { return };
    let names: Vec<&str> = path.iter().map(|m| m.pending.name.as_str()).collect();
    let mut problem =
        Diagnostic::error(Code::Cycle, first.pending.at, format!("models read each other in a circle: {}", names.join(" → ")));
    for (model, next) in path.iter().zip(path.iter().skip(1)) {
        if model.pending.at != first.pending.at {
            problem = problem.mark(model.pending.at, format!("reads `{}`", next.pending.name));
        }
    }
    diagnostics.push(problem.help("take what both need into a model of its own, and read that from both"));
}

/// Slots of models whose name a body mentions; its own name counts only where a table stands for sure, which the exact reading decides.
fn mentioned(
    shared: &Shared<'_>,
    words: &HashMap<&str, Vec<usize>>,
    metrics: &BTreeMap<&Ident, &Pending<'_, ast::Metric>>,
    model: &PendingModel<'_>,
) -> Vec<usize> {
    let mut found = Found { shared, words, metrics, out: Vec::new() };
    let env = &model.pending.env;
    match &model.pending.syntax.body {
        ModelBody::Clauses(body) => found.body(body, env),
        ModelBody::Sql { text, .. } => found.text(text.at, env, false),
        ModelBody::SqlFile { path, .. } => {
            let mut ignored = Diagnostics::new();
            if let Some(at) = shared.sql_file(&model.written_in, path, env, &mut ignored) {
                found.text(at, env, false);
            }
        }
        ModelBody::Masked { base, .. } => found.name(base, env),
        ModelBody::Metrics { metrics: names, .. } => found.metrics(names, env),
    }
    let mut out = found.out;
    out.sort_unstable();
    out.dedup();
    out
}

struct Found<'f, 'a> {
    shared: &'f Shared<'a>,
    words: &'f HashMap<&'f str, Vec<usize>>,
    metrics: &'f BTreeMap<&'f Ident, &'f Pending<'a, ast::Metric>>,
    out: Vec<usize>,
}

impl Found<'_, '_> {
    fn body(&mut self, body: &Body, env: &Env) {
        for clause in &body.clauses {
            match &clause.kind {
                ClauseKind::Let { body, .. } | ClauseKind::SetOperation { body, .. } => self.body(body, env),
                ClauseKind::LetSql { text, .. } => self.text(text.at, env, false),
                ClauseKind::From(s) => self.text(s.at, env, true),
                ClauseKind::Join(s)
                | ClauseKind::Unnest(s)
                | ClauseKind::Where(s)
                | ClauseKind::GroupBy(s)
                | ClauseKind::Having(s)
                | ClauseKind::Qualify(s)
                | ClauseKind::DistinctOn(s)
                | ClauseKind::OrderBy(s)
                | ClauseKind::Limit(s) => self.text(s.at, env, false),
                ClauseKind::Select { entries, .. } => self.entries(entries, env),
                ClauseKind::Pivot(_) | ClauseKind::Assert(_) | ClauseKind::Columns(_) | ClauseKind::Drop(_) | ClauseKind::Setting(_) => {}
            }
        }
    }

    fn entries(&mut self, entries: &[SelectEntry], env: &Env) {
        for entry in entries {
            match entry {
                SelectEntry::Column { expr, .. } => self.text(expr.at, env, false),
                SelectEntry::For(rounds) => {
                    // A table named by the loop variable needs the rounds; else one look at the text is enough.
                    let text = self.shared.sources.slice(rounds.at);
                    if text.contains("from ${") || text.contains("join ${") {
                        for env in self.shared.generator.rounds(rounds, env, &mut Diagnostics::new()) {
                            self.entries(&rounds.body, &env);
                        }
                    } else {
                        self.entries(&rounds.body, env);
                    }
                }
            }
        }
    }

    fn text(&mut self, at: Span, env: &Env, table_first: bool) {
        let text = self.shared.sources.slice(at);
        words(text, table_first, &mut |mention| match mention {
            Mention::Name(name) => self.add(&name),
            Mention::Hole(word) => {
                if let Some(name) = self.fill(word, env) {
                    self.add(&name);
                }
            }
        });
    }

    /// A word with its holes filled; `None` when that fails, which lowering will report.
    fn fill(&self, word: &str, env: &Env) -> Option<Ident> {
        let mut out = String::new();
        let mut rest = word;
        while let Some((before, after)) = rest.split_once("${") {
            let (inside, tail) = after.split_once('}')?;
            out.push_str(&before.to_ascii_lowercase());
            let parsed = crate::syntax::parse_hole(inside, Span::default()).ok()?;
            match self.shared.generator.eval(&parsed, env, &mut Diagnostics::new())? {
                Value::Text(t) | Value::Number(t) => out.push_str(&t),
                _ => return None,
            }
            rest = tail;
        }
        out.push_str(&rest.to_ascii_lowercase());
        Some(Ident::exact(&out))
    }

    fn name(&mut self, name: &Name, env: &Env) {
        let mut ignored = Diagnostics::new();
        if let Some(name) = name.parts.last().and_then(|p| self.shared.generator.name(p, env, &mut ignored)) {
            self.add(&name);
        }
    }

    fn add(&mut self, name: &Ident) {
        self.out.extend(self.words.get(name.as_str()).into_iter().flatten());
    }

    /// A fact reads what its metrics read; a ratio's metrics are words of its expression. Globs take every metric that fits.
    fn metrics(&mut self, names: &[Name], env: &Env) {
        let mut todo: Vec<Ident> = Vec::new();
        for name in names {
            let Some(part) = name.parts.last() else { continue };
            let Some(pattern) = self.shared.generator.name(part, env, &mut Diagnostics::new()) else { continue };
            todo.extend(self.metrics.keys().filter(|k| glob(pattern.as_str(), k.as_str())).map(|k| (*k).clone()));
        }
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = todo.pop() {
            let Some(metric) = self.metrics.get(&name).copied().filter(|_| seen.insert(name)) else { continue };
            match &metric.syntax.body {
                MetricBody::From { source, .. } => self.name(source, &metric.env),
                MetricBody::Ratio { expr, .. } => words(self.shared.sources.slice(expr.at), false, &mut |mention| {
                    if let Mention::Name(name) = mention {
                        todo.push(name);
                    }
                }),
            }
        }
    }
}

/// Whether a name fits a pattern with `*`.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name.strip_prefix(head).is_some_and(|tail| {
            let starts = tail.char_indices().map(|(i, _)| i).chain(std::iter::once(tail.len()));
            starts.filter_map(|i| tail.get(i..)).any(|t| glob(rest, t))
        }),
    }
}

/// Slots of the models a body really reads: none when its SQL is broken, which lowering will say. `None` for masked models and facts,
/// which name what they read.
fn exact(shared: &Shared<'_>, slots: &[Slot<'_>], model: &PendingModel<'_>) -> Option<Vec<usize>> {
    if matches!(model.pending.syntax.body, ModelBody::Masked { .. } | ModelBody::Metrics { .. }) {
        return None;
    }
    let cx = shared.cx(shared.place(model, &mut Diagnostics::new()), &[]);
    let Some((query, _)) = read_body(&cx, shared, model) else { return Some(Vec::new()) };
    let mut reader = Reads { names: Vec::new(), ctes: Vec::new() };
    let _: ControlFlow<()> = query.visit(&mut reader);
    let ids = reader.names.iter().filter_map(|n| shared.program.table_names.get(n));
    let mut out: Vec<usize> = ids.map(|id| id.0 as usize).filter(|i| matches!(slots.get(*i), Some(Slot::Pending(_)))).collect();
    out.sort_unstable();
    out.dedup();
    Some(out)
}

/// Tables a query reads, names of `with` entries taken away where they are in scope.
struct Reads {
    names: Vec<Ident>,
    ctes: Vec<Vec<Ident>>,
}

impl Visitor for Reads {
    type Break = ();

    fn pre_visit_query(&mut self, query: &sqlparser::ast::Query) -> ControlFlow<()> {
        let entries = query.with.iter().flat_map(|w| &w.cte_tables);
        self.ctes.push(entries.map(|c| ident(&c.alias.name)).collect());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &sqlparser::ast::Query) -> ControlFlow<()> {
        self.ctes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &sqlparser::ast::ObjectName) -> ControlFlow<()> {
        let parts: Vec<Ident> = relation.0.iter().filter_map(|p| p.as_ident()).map(ident).collect();
        match parts.as_slice() {
            [name] if self.ctes.iter().flatten().any(|c| c == name) => {}
            [name] => self.names.push(name.clone()),
            many => self.names.push(Ident::exact(&many.iter().map(Ident::as_str).collect::<Vec<_>>().join("."))),
        }
        ControlFlow::Continue(())
    }
}
