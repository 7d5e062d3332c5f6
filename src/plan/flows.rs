//! What columns tell where they are read before and after alike, which sources' values reach them, and what newly lies in a bucket. Also tables
//! whose rows are chosen otherwise.

use super::access::Both;
use super::canon;
use super::models::kept_otherwise;
use super::names::Common;
use super::readers::Readers;
use super::report::{Direction, FlowChange, Principal, PrincipalKind, RowsChange, RowsCompared, Verdict, Via, Which};
use super::rows::{Condition, Rows, compare};
use super::tables::State;
use super::words::{causes, materialized, told, written};
use crate::ir::{CategoryId, Edge, ExprKind, Form, FromItem, Label, Level, Model, Program, RelationSource, SetExpr, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A column of a table in one program.
type At = (TableId, u32);

/// What is read at sinks, by common names of table and column.
type Read = BTreeMap<(String, String), BTreeMap<Principal, At>>;

/// Everything that changed about what is told.
pub(super) fn flows(both: &Both<'_>) -> Vec<FlowChange> {
    let read = |lines: &BTreeMap<super::access::Key, super::access::Line>, common: &Common<'_>| {
        let mut all: Read = BTreeMap::new();
        for ((principal, _, via, object), line) in lines {
            for (name, (position, _)) in &line.columns {
                let sinks = all.entry((object.clone(), name.clone())).or_default();
                sinks.insert(principal.clone(), (line.table, *position));
                if let Via::Export { bucket, .. } = via {
                    sinks.insert(Principal { kind: PrincipalKind::Bucket, name: bucket.clone() }, (line.table, *position));
                }
            }
        }
        in_buckets(common, &mut all);
        all
    };
    let (was, mut is) = (read(&both.was, &both.pairs.base), read(&both.is, &both.pairs.head));
    let mut change = Changes { both, sources: None, found: Vec::new() };
    for (key, before) in was {
        let after = is.remove(&key).unwrap_or_default();
        change.column(&key, before, after);
    }
    for (key, after) in is {
        change.column(&key, BTreeMap::new(), after);
    }
    change.found.sort_by(|a, b| (a.direction, &a.object, &a.column, a.arrives).cmp(&(b.direction, &b.object, &b.column, b.arrives)));
    change.found
}

/// Buckets hold what is exported to them, whoever reads them.
fn in_buckets(common: &Common<'_>, all: &mut Read) {
    for export in &common.program.exports {
        let Some(bucket) = common.program.buckets.get(export.bucket as usize) else { continue };
        let principal = Principal { kind: PrincipalKind::Bucket, name: bucket.name.to_string() };
        for table in &export.tables {
            for position in &table.columns {
                let key = (common.table(table.table).to_owned(), common.column_at(table.table, *position).to_owned());
                all.entry(key).or_default().insert(principal.clone(), (table.table, *position));
            }
        }
    }
}

struct Changes<'b, 'a> {
    both: &'b Both<'a>,
    /// What is looked up only when something may have changed.
    sources: Option<(Sources, Sources)>,
    found: Vec<FlowChange>,
}

impl Changes<'_, '_> {
    fn column(&mut self, key: &(String, String), before: BTreeMap<Principal, At>, mut after: BTreeMap<Principal, At>) {
        let mut kept: Option<(At, At)> = None;
        let (mut sinks, mut left, mut arrived) = (Vec::new(), Vec::new(), Vec::new());
        for (principal, was) in before {
            match after.remove(&principal) {
                Some(is) => {
                    kept = Some((was, is));
                    sinks.push(principal);
                }
                None => left.push((principal, was)),
            }
        }
        arrived.extend(after);
        if let Some(pair) = kept {
            self.kept(key, pair, sinks);
        }
        let in_bucket = |all: Vec<(Principal, At)>| {
            let mut all = all.into_iter().filter(|(p, _)| p.kind == PrincipalKind::Bucket).peekable();
            let at = all.peek().map(|(_, at)| *at);
            at.map(|at| (at, all.map(|(p, _)| p).collect::<Vec<_>>()))
        };
        if let Some((at, sinks)) = in_bucket(arrived) {
            self.arrives(key, at, sinks, Which::Head);
        }
        if let Some((at, sinks)) = in_bucket(left) {
            self.arrives(key, at, sinks, Which::Base);
        }
    }

    fn arrives(&mut self, key: &(String, String), at: At, sinks: Vec<Principal>, which: Which) {
        let (program, side) = match which {
            Which::Base => (self.both.base.program, self.both.base),
            Which::Head => (self.both.head.program, self.both.head),
        };
        let tells = label_of(program, at).map_or_else(Vec::new, |l| told(program, l));
        let names: Vec<String> = {
            let (base, head) = self.sources();
            let from = if which == Which::Head { head } else { base };
            from.of(at).iter().cloned().collect()
        };
        let exported = program.exports.iter().flat_map(|e| &e.tables).filter(|t| t.table == at.0 && t.columns.contains(&at.1));
        let caused_by = causes(which, side, exported.map(|t| t.at));
        let gain = which == Which::Head;
        let (before, after) = if gain { (Vec::new(), tells) } else { (tells, Vec::new()) };
        let (new_sources, gone_sources) = if gain { (names, Vec::new()) } else { (Vec::new(), names) };
        self.found.push(FlowChange {
            direction: if gain { Direction::Gain } else { Direction::Loss },
            object: key.0.clone(),
            column: key.1.clone(),
            sinks,
            before,
            after,
            arrives: true,
            new_sources,
            gone_sources,
            caused_by,
        });
    }

    fn kept(&mut self, key: &(String, String), (was, is): (At, At), sinks: Vec<Principal>) {
        let (base, head) = (self.both.base.program, self.both.head.program);
        let (Some(before), Some(after)) = (label_of(base, was), label_of(head, is)) else { return };
        let relabelled = self.both.pairs.base.label(before) != self.both.pairs.head.label(after);
        let affected = self.both.tables.rows_affected(is.0) || self.both.tables.column_affected(is.0, is.1);
        if !relabelled && !affected {
            return;
        }
        let declared = self.both.tables.reclassified();
        let (old, new, by_declaration) = {
            let (base, head) = self.sources();
            let (old, new) = (base.of(was), head.of(is));
            let named = new.iter().chain(old.iter()).any(|n| declared.contains(n));
            (old, new, named)
        };
        let (new_sources, gone_sources): (Vec<String>, Vec<String>) =
            (new.difference(&old).cloned().collect(), old.difference(&new).cloned().collect());
        if !relabelled && new_sources.is_empty() && gone_sources.is_empty() {
            return;
        }
        // What only says something else, because its source does, stands there with all its readers.
        if by_declaration && !affected && new_sources.is_empty() && gone_sources.is_empty() {
            return;
        }
        let more = !within(&self.both.pairs.head, after, &self.both.pairs.base, before) || !new_sources.is_empty();
        let less = !within(&self.both.pairs.base, before, &self.both.pairs.head, after) || !gone_sources.is_empty();
        let direction = match (more, less) {
            // A value that is what it was, or that is called something else, tells no less for being labelled so.
            _ if by_declaration || !affected => Direction::Either,
            (true, false) => Direction::Gain,
            (false, true) => Direction::Loss,
            _ => Direction::Either,
        };
        let mut caused_by = causes(Which::Head, self.both.head, column_place(head, is));
        caused_by.extend(causes(Which::Base, self.both.base, column_place(base, was)));
        caused_by.sort();
        self.found.push(FlowChange {
            direction,
            object: key.0.clone(),
            column: key.1.clone(),
            sinks,
            before: told(base, before),
            after: told(head, after),
            arrives: false,
            new_sources,
            gone_sources,
            caused_by,
        });
    }

    fn sources(&mut self) -> (&Sources, &Sources) {
        let both = self.both;
        let (base, head) = self.sources.get_or_insert_with(|| {
            let declared = both.tables.reclassified();
            (Sources::new(&both.pairs.base, declared), Sources::new(&both.pairs.head, declared))
        });
        (base, head)
    }
}

fn label_of(program: &Program, (table, column): At) -> Option<&Label> {
    Some(&program.table(table)?.columns.get(column as usize)?.label)
}

fn column_place(program: &Program, (table, column): At) -> Option<crate::base::Span> {
    Some(program.table(table)?.columns.get(column as usize)?.at)
}

/// Whether a label tells no more than another one.
pub(super) fn within(common: &Common<'_>, label: &Label, other_common: &Common<'_>, other: &Label) -> bool {
    let part = |part: &[(CategoryId, Level)], other: &[(CategoryId, Level)]| {
        part.iter().all(|(category, level)| {
            let name = common.category(*category);
            other.iter().any(|(c, l)| other_common.category(*c) == name && below(*level, *l))
        })
    };
    part(label.values(), other.values()) && part(label.controls(), other.controls())
}

/// Whether a level tells no more than another one.
fn below(a: Level, b: Level) -> bool {
    a.form <= b.form && a.aggregate.is_none_or(|k| b.form == Form::Direct || b.aggregate.is_some_and(|other| k >= other))
}

/// The columns of sources that tell something, or did, behind every column, by common name.
struct Sources {
    by_table: Vec<Vec<Option<Arc<BTreeSet<String>>>>>,
    none: Arc<BTreeSet<String>>,
}

impl Sources {
    fn new(common: &Common<'_>, also: &BTreeSet<String>) -> Sources {
        let program = common.program;
        let mut all = Sources { by_table: program.tables.iter().map(|t| vec![None; t.columns.len()]).collect(), none: Arc::default() };
        for id in &program.order {
            let Some(table) = program.table(*id) else { continue };
            for (position, column) in (0u32..).zip(&table.columns) {
                let set = if matches!(table.kind, TableKind::Model(_)) {
                    let from = column.from.iter().filter(|o| o.edge != Edge::Control).filter_map(|o| all.get((o.table, o.column)));
                    let from: Vec<Arc<BTreeSet<String>>> = from.collect();
                    match from.as_slice() {
                        [] => continue,
                        [one] => one.clone(),
                        several => Arc::new(several.iter().flat_map(|s| s.iter().cloned()).collect()),
                    }
                } else {
                    let name = format!("{}.{}", common.table(*id), common.column_at(*id, position));
                    if column.label.is_public() && !also.contains(&name) {
                        continue;
                    }
                    Arc::new(BTreeSet::from([name]))
                };
                if let Some(place) = all.by_table.get_mut(id.0 as usize).and_then(|t| t.get_mut(position as usize)) {
                    *place = Some(set);
                }
            }
        }
        all
    }

    fn get(&self, (table, column): At) -> Option<Arc<BTreeSet<String>>> {
        self.by_table.get(table.0 as usize)?.get(column as usize)?.clone()
    }

    fn of(&self, at: At) -> Arc<BTreeSet<String>> {
        self.get(at).unwrap_or_else(|| self.none.clone())
    }
}

/// Tables whose own body or data choose their rows otherwise, and that somebody reads or reads something built from.
pub(super) fn rows(both: &Both<'_>, readers: &Readers) -> Vec<RowsChange> {
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        let (State::Differs(diff), Some(base)) = (both.tables.state(id), both.pairs.base_of(id)) else { continue };
        let reached = readers.reached(id);
        if !diff.rows || reached.is_empty() {
            continue;
        }
        let own = readers.of(id);
        let Some(was) = both.base.program.table(base) else { continue };
        let (verdict, before, after) = match (&was.kind, &table.kind) {
            (TableKind::Model(a), TableKind::Model(b)) => filters(both, a, b),
            _ => (chosen_otherwise("its rows come from elsewhere"), String::new(), String::new()),
        };
        if verdict.rows == RowsCompared::Equal {
            continue;
        }
        let mut caused_by = causes(Which::Base, both.base, [was.at]);
        caused_by.extend(causes(Which::Head, both.head, [table.at]));
        found.push(RowsChange {
            direction: verdict.rows.direction(),
            object: both.pairs.head.table(id).to_owned(),
            further_readers: reached.into_iter().filter(|p| !own.contains(p)).collect(),
            readers: own,
            verdict,
            before,
            after,
            caused_by,
        });
    }
    found.extend(kept(both, readers));
    found.sort_by(|a, b| (a.direction, &a.object, &a.verdict.because).cmp(&(b.direction, &b.object, &b.verdict.because)));
    found
}

/// Tables that are kept otherwise, so that rows stay or replace each other that did not.
fn kept(both: &Both<'_>, readers: &Readers) -> Vec<RowsChange> {
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        let Some(was) = both.pairs.base_of(id).and_then(|b| both.base.program.table(b)) else { continue };
        let (TableKind::Model(a), TableKind::Model(b)) = (&was.kind, &table.kind) else { continue };
        let Some(why) = kept_otherwise(&a.materialization, &b.materialization) else { continue };
        let reached = readers.reached(id);
        if reached.is_empty() {
            continue;
        }
        let own = readers.of(id);
        let (before, after) = (materialized(&a.materialization), materialized(&b.materialization));
        let mut caused_by = causes(Which::Base, both.base, [was.at]);
        caused_by.extend(causes(Which::Head, both.head, [table.at]));
        found.push(RowsChange {
            direction: Direction::Either,
            object: both.pairs.head.table(id).to_owned(),
            further_readers: reached.into_iter().filter(|p| !own.contains(p)).collect(),
            readers: own,
            verdict: chosen_otherwise(&format!("kept as {before} → {after}: {why}")),
            before: String::new(),
            after: String::new(),
            caused_by,
        });
    }
    found
}

fn chosen_otherwise(because: &str) -> Verdict {
    Verdict { rows: RowsCompared::Unknown, witness: None, because: Some(because.to_owned()) }
}

/// How the rows compare where all that differs is the condition of one block.
fn filters(both: &Both<'_>, was: &Model, is: &Model) -> (Verdict, String, String) {
    let (common, other) = (&both.pairs.base, &both.pairs.head);
    let (SetExpr::Select(a), SetExpr::Select(b)) = (&was.query.body, &is.query.body) else {
        return (chosen_otherwise("it is put together otherwise"), String::new(), String::new());
    };
    let bare = |model: &Model| {
        let mut query = model.query.clone();
        if let SetExpr::Select(select) = &mut query.body {
            select.filter = None;
        }
        query
    };
    // Approvals compare these texts. A place says less than what is there: the `not` before, the bracket behind.
    let text = |side: super::Side<'_>, common: &Common<'_>, select: &crate::ir::Select| {
        let whole = |e: &crate::ir::Expr| {
            let digest = || canon::digest(&canon::filter(common, select, e));
            crate::predicate::text(side.program, e).unwrap_or_else(|| format!("{} [{}]", written(side.sources, e.at), digest()))
        };
        select.filter.as_ref().map_or(String::new(), whole)
    };
    let (before, after) = (text(both.base, common, a), text(both.head, other, b));
    let cut = a.group.aggregated || b.group.aggregated || was.query.limit.is_some() || is.query.limit.is_some();
    if canon::rows(common, &bare(was)).text != canon::rows(other, &bare(is)).text {
        return (chosen_otherwise("it reads or joins otherwise"), before, after);
    }
    // The blocks read the same relations in the same order, perhaps under other aliases.
    let (old, new) = (relations(a), relations(b));
    let conditions = |common: &Common<'_>, select: &crate::ir::Select| {
        let parts = select.filter.iter().flat_map(conjuncts);
        let one = |e: &crate::ir::Expr| {
            let mut expr = e.clone();
            if std::ptr::eq(select, &raw const **a) {
                super::rows::common_names(common, &old, &mut expr);
                aliased(&mut expr, &old, &new);
            }
            Condition { expr, canonical: canon::filter(common, select, e), asks: None }
        };
        parts.map(one).collect()
    };
    let rows =
        |program, select: &crate::ir::Select, common: &Common<'_>| Rows { program, table: None, conditions: conditions(common, select) };
    let mut verdict = {
        let (x, y) = (rows(common.program, a, common), rows(other.program, b, other));
        compare(&x, &y)
    };
    if cut && verdict.rows != RowsCompared::Equal {
        verdict = chosen_otherwise("it puts rows together, and other ones than before");
    }
    (verdict, before, after)
}

/// The relations of a block in order, with the tables behind.
fn relations(select: &crate::ir::Select) -> Vec<(crate::base::Ident, Option<TableId>)> {
    fn walk(item: &FromItem, out: &mut Vec<(crate::base::Ident, Option<TableId>)>) {
        match item {
            FromItem::Relation(r) => {
                let table = if let RelationSource::Table(id) = &r.source { Some(*id) } else { None };
                out.push((r.alias.clone(), table.filter(|_| r.columns.is_empty())));
            }
            FromItem::Join { left, right, .. } => {
                walk(left, out);
                walk(right, out);
            }
        }
    }
    let mut out = Vec::new();
    select.from.iter().for_each(|item| walk(item, &mut out));
    out
}

/// Columns under the aliases of the other block.
fn aliased(e: &mut crate::ir::Expr, old: &[(crate::base::Ident, Option<TableId>)], new: &[(crate::base::Ident, Option<TableId>)]) {
    if let ExprKind::Column { relation, .. } = &mut e.kind
        && let Some((alias, _)) = old.iter().position(|(alias, _)| alias == relation).and_then(|at| new.get(at))
    {
        *relation = alias.clone();
    }
    crate::ir::operands_mut(e, &mut |inner| aliased(inner, old, new));
}

fn conjuncts(e: &crate::ir::Expr) -> Vec<&crate::ir::Expr> {
    match &e.kind {
        crate::ir::ExprKind::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![e],
    }
}
