//! What a block reads, and which of its columns are equal.

use super::super::Cx;
use super::super::cx::CteRows;
use super::super::equal::Place;
use super::super::types::keeps_value;
use crate::base::Ident;
use crate::ir::{Cte, Expr, ExprKind, FromItem, JoinKind, Query, Relation, RelationSource, find, operands, query_of};
use std::collections::BTreeSet;

/// `with` entries in scope.
pub(in crate::lower) struct Env<'e> {
    pub(in crate::lower) entries: Entries<'e>,
    pub(in crate::lower) outer: Option<&'e Env<'e>>,
}

#[derive(Clone, Copy)]
pub(in crate::lower) enum Entries<'e> {
    With(&'e [Cte]),
    Known(&'e [CteRows]),
}

impl<'e> Env<'e> {
    /// An entry's query, and what that sees: the entries before it, and itself where it is recursive.
    pub(in crate::lower) fn find(&self, name: &Ident) -> Option<(&'e Query, Env<'e>)> {
        let found = match self.entries {
            Entries::With(all) => {
                let at = all.iter().rposition(|c| c.name == *name);
                at.and_then(|at| {
                    let entry = all.get(at)?;
                    Some((Some(&*entry.query), Entries::With(all.get(..at + usize::from(entry.recursive))?)))
                })
            }
            Entries::Known(all) => {
                let at = all.iter().rposition(|c| c.name == *name);
                at.and_then(|at| {
                    let entry = all.get(at)?;
                    Some((entry.query.as_deref(), Entries::Known(all.get(..at + usize::from(entry.recursive))?)))
                })
            }
        };
        match found {
            Some((query, entries)) => Some((query?, Env { entries, outer: self.outer })),
            None => self.outer?.find(name),
        }
    }
}

/// What a select block reads, and which of its columns conditions say are equal.
pub(in crate::lower) struct Block<'b> {
    pub(in crate::lower) relations: Vec<&'b Relation>,
    pub(super) ties: Vec<Tie>,
    pub(in crate::lower) env: &'b Env<'b>,
    pub(in crate::lower) from: &'b [FromItem],
    pub(in crate::lower) filter: Option<&'b Expr>,
    /// Whether an enclosing block's relations stand beside its own.
    pub(super) inner: bool,
}

/// That the second column equals the first.
#[derive(Clone)]
pub(super) struct Tie {
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) holds: Holds,
}

/// For which rows a tie holds. An outer join pads the rows that found no partner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// For all where either column is there.
    Always,
    /// Where the first is: it is of the side that is padded.
    WithFirst,
    /// Where the second is.
    WithSecond,
}

impl<'b> Block<'b> {
    pub(in crate::lower) fn of(cx: &Cx<'_>, from: &'b [FromItem], filter: Option<&'b Expr>, env: &'b Env<'b>) -> Block<'b> {
        let mut block = Block { relations: Vec::new(), ties: Vec::new(), env, from, filter, inner: false };
        from.iter().for_each(|item| block.add(cx, item));
        filter.into_iter().for_each(|e| block.equal(cx, e, JoinKind::Inner, &|_| false));
        block
    }

    fn add(&mut self, cx: &Cx<'_>, item: &'b FromItem) {
        match item {
            FromItem::Relation(relation) => self.relations.push(relation),
            FromItem::Join { kind, left, right, on } => {
                self.add(cx, left);
                let middle = self.relations.len();
                self.add(cx, right);
                let right: BTreeSet<Ident> = self.relations.iter().skip(middle).map(|r| r.alias.clone()).collect();
                on.iter().for_each(|e| self.equal(cx, e, *kind, &|place| right.contains(&place.0)));
            }
        }
    }

    /// Puts an enclosing block around this one.
    pub(in crate::lower) fn enclosed(&mut self, outer: &Block<'b>) {
        self.relations.extend(&outer.relations);
        self.ties.extend(outer.ties.iter().cloned());
        self.inner = true;
    }

    /// Columns that a condition says are equal, both ways.
    pub(in crate::lower) fn equal_pairs(&self) -> impl Iterator<Item = (&Place, &Place)> {
        self.ties.iter().map(|t| (&t.from, &t.to))
    }

    /// Takes two columns for equal in all rows.
    pub(in crate::lower) fn equate(&mut self, a: Place, b: Place) {
        self.tie(a, b, JoinKind::Inner, &|_| false);
    }

    fn equal(&mut self, cx: &Cx<'_>, e: &Expr, kind: JoinKind, is_right: &dyn Fn(&Place) -> bool) {
        match &e.kind {
            ExprKind::And(all) => all.iter().for_each(|e| self.equal(cx, e, kind, is_right)),
            ExprKind::Operator { function, args } => {
                let [a, b] = args.as_slice() else { return };
                if let (true, Some(a), Some(b)) =
                    (cx.program.function(*function).is_some_and(|f| f.standard && &*f.name == "="), plain(a), plain(b))
                {
                    self.tie(a, b, kind, is_right);
                }
            }
            _ => {}
        }
    }

    fn tie(&mut self, a: Place, b: Place, kind: JoinKind, is_right: &dyn Fn(&Place) -> bool) {
        let padded = |place: &Place| is_right(place) == (kind == JoinKind::Left);
        let (there, back) = match kind {
            JoinKind::Inner | JoinKind::Cross => (Holds::Always, Holds::Always),
            JoinKind::Left | JoinKind::Right => match (padded(&a), padded(&b)) {
                (true, true) => (Holds::Always, Holds::Always),
                (true, false) => (Holds::WithFirst, Holds::WithSecond),
                (false, true) => (Holds::WithSecond, Holds::WithFirst),
                // Rows of the kept side are there whatever it says of them.
                (false, false) => return,
            },
            JoinKind::Full => return,
        };
        self.ties.push(Tie { from: a.clone(), to: b.clone(), holds: there });
        self.ties.push(Tie { from: b, to: a, holds: back });
    }

    pub(in crate::lower) fn relation(&self, alias: &Ident) -> Option<&'b Relation> {
        self.relations.iter().find(|r| r.alias == *alias).copied()
    }

    /// The place of a column in what a relation reads.
    pub(in crate::lower) fn position(&self, cx: &Cx<'_>, relation: &Relation, name: &Ident) -> Option<usize> {
        if !relation.columns.is_empty() {
            return relation.columns.iter().position(|c| c.name == *name);
        }
        match &relation.source {
            RelationSource::Table(id) => cx.finished(*id)?.table.columns.iter().position(|c| c.name == *name),
            RelationSource::Cte(entry) => {
                let (query, _) = self.env.find(entry)?;
                query.position(name)
            }
            _ => None,
        }
    }
}

/// A column as it is, but for its type.
pub(in crate::lower) fn plain(e: &Expr) -> Option<Place> {
    match &e.kind {
        ExprKind::Column { relation, name } => Some((relation.clone(), name.clone())),
        ExprKind::Cast(inner) if keeps_value(&inner.ty, &e.ty) => plain(inner),
        _ => None,
    }
}

/// The columns a row's value is computed from; none where it is not computed from its own row alone.
pub(in crate::lower) fn columns_of(e: &Expr) -> Vec<Place> {
    let others = |e: &Expr| query_of(e).is_some() || matches!(e.kind, ExprKind::Aggregate(_) | ExprKind::Window(_) | ExprKind::Grouping(_));
    let mut all = Vec::new();
    if find(e, &others).is_none() {
        collect(e, &mut all);
    }
    all
}

/// Every column that an expression reads, queries inside left out.
pub(in crate::lower) fn collect(e: &Expr, all: &mut Vec<Place>) {
    if let ExprKind::Column { relation, name } = &e.kind {
        all.push((relation.clone(), name.clone()));
    }
    operands(e, &mut |child| collect(child, all));
}
