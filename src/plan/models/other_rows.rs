//! Tables whose rows are chosen or kept otherwise.

use crate::base::Ident;
use crate::ir::{
    Expr, ExprKind, FromItem, Materialization, Model, Program, RelationSource, Select, SetExpr, Table, TableId, TableKind, conjuncts,
};
use crate::plan::Side;
use crate::plan::access::Both;
use crate::plan::access::rows::{Condition, Rows, compare};
use crate::plan::common::canon;
use crate::plan::common::names::Common;
use crate::plan::common::readers::Readers;
use crate::plan::common::tables::State;
use crate::plan::common::words::{causes, materialized, written};
use crate::plan::models::refreshes::{kept_otherwise, place};
use crate::plan::report::{Principal, RowsChange, RowsCompared, Verdict, Which};

/// Who reads a table, or what is built from it, before and after: what somebody reads newly is all there under Access.
struct Reading<'r> {
    was: Readers,
    is: &'r Readers,
}

impl Reading<'_> {
    fn change(&self, both: &Both<'_>, (base, head): (TableId, TableId), verdict: Verdict, texts: (String, String)) -> Option<RowsChange> {
        let before = self.was.reached(base);
        let reached: Vec<Principal> = self.is.reached(head).into_iter().filter(|p| before.contains(p)).collect();
        // What Tableau is shown is made of policies, and those stand under Access.
        if reached.is_empty() || both.is_made_up(head) {
            return None;
        }
        let own = self.is.of(head);
        let (readers, further_readers) = reached.into_iter().partition(|p| own.contains(p));
        let at = |program: &Program, id: TableId| program.table(id).map(|t| t.at);
        let mut caused_by = causes(Which::Base, both.base, at(both.base.program, base));
        caused_by.extend(causes(Which::Head, both.head, at(both.head.program, head)));
        Some(RowsChange {
            direction: verdict.rows.direction(),
            object: both.pairs.head.table(head).to_owned(),
            readers,
            further_readers,
            verdict,
            before: texts.0,
            after: texts.1,
            caused_by,
        })
    }
}

/// Tables whose own body or data choose their rows otherwise, and that somebody reads or reads something built from.
pub(in crate::plan) fn rows(both: &Both<'_>, readers: &Readers) -> Vec<RowsChange> {
    let reading = Reading { was: Readers::new(both.base.program, &both.was), is: readers };
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        let Some((base, was)) = both.pairs.base_of(id).and_then(|b| Some((b, both.base.program.table(b)?))) else { continue };
        if matches!(both.tables.state(id), State::Differs(diff) if diff.rows) {
            let (verdict, before, after) = match (&was.kind, &table.kind) {
                (TableKind::Model(a), TableKind::Model(b)) => filters(both, a, b),
                _ => (chosen_otherwise("its rows come from elsewhere"), String::new(), String::new()),
            };
            if verdict.rows != RowsCompared::Equal {
                found.extend(reading.change(both, (base, id), verdict, (before, after)));
            }
        }
        if let Some(why) = kept(both, (base, was), (id, table)) {
            found.extend(reading.change(both, (base, id), chosen_otherwise(&why), (String::new(), String::new())));
        }
    }
    found.sort_by(|a, b| (a.direction, &a.object, &a.verdict.because).cmp(&(b.direction, &b.object, &b.verdict.because)));
    found
}

/// Why a table that is kept from build to build has other rows than its query says.
fn kept(both: &Both<'_>, (_, was): (TableId, &Table), (id, table): (TableId, &Table)) -> Option<String> {
    let (TableKind::Model(a), TableKind::Model(b)) = (&was.kind, &table.kind) else { return None };
    let (old, new) = (&a.materialization, &b.materialization);
    if let Some(why) = kept_otherwise(old, new) {
        let (before, after) = (materialized(old), materialized(new));
        return Some(if before == after { why.to_owned() } else { format!("kept as {before} → {after}: {why}") });
    }
    if !matches!(new, Materialization::Incremental { .. }) {
        return None;
    }
    if place(both.base.program, was, a) != place(both.head.program, table, b) {
        return Some("it is another table in the warehouse, and what only earlier builds had stays behind in the old one".to_owned());
    }
    both.tables.kept(id).then(|| "other changes begin a version".to_owned())
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
    let text = |side: Side<'_>, common: &Common<'_>, select: &Select| {
        let whole = |e: &Expr| {
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
    let conditions = |common: &Common<'_>, select: &Select| {
        let parts = select.filter.iter().flat_map(conjuncts);
        let one = |e: &Expr| {
            let mut expr = e.clone();
            if std::ptr::eq(select, &raw const **a) {
                crate::plan::access::rows::common_names(common, &old, &mut expr);
                aliased(&mut expr, &old, &new);
            }
            Condition { expr, canonical: canon::filter(common, select, e), asks: None }
        };
        parts.map(one).collect()
    };
    let rows = |program, select: &Select, common: &Common<'_>| Rows { program, table: None, conditions: conditions(common, select) };
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
fn relations(select: &Select) -> Vec<(Ident, Option<TableId>)> {
    fn walk(item: &FromItem, out: &mut Vec<(Ident, Option<TableId>)>) {
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
fn aliased(e: &mut Expr, old: &[(Ident, Option<TableId>)], new: &[(Ident, Option<TableId>)]) {
    if let ExprKind::Column { relation, .. } = &mut e.kind
        && let Some((alias, _)) = old.iter().position(|(alias, _)| alias == relation).and_then(|at| new.get(at))
    {
        *relation = alias.clone();
    }
    crate::ir::operands_mut(e, &mut |inner| aliased(inner, old, new));
}
