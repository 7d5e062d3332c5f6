//! A block: what it reads, which of its columns are equal, and whom they name.

use super::asked::Asked;
use super::query::With;
use super::{ALL, Reader, Rows, Said, is_key};
use crate::base::Ident;
use crate::ir::{Expr, ExprKind, FromItem, JoinKind, Query, Relation, RelationSource, Type, conjuncts, find, operands, query_of};
use std::collections::BTreeSet;

/// A column of a block: alias and name.
pub(super) type Place<'q> = (&'q Ident, &'q Ident);

/// A relation of a block.
#[derive(Clone)]
pub(super) struct Known<'q> {
    pub(super) alias: &'q Ident,
    pub(super) names: Vec<Ident>,
    pub(super) rows: Rows,
}

impl Known<'_> {
    pub(super) fn said(&self, name: &Ident) -> Option<(usize, &Said)> {
        let at = self.names.iter().position(|n| n == name)?;
        Some((at, self.rows.columns.get(at)?))
    }
}

/// What a block reads.
pub(super) struct Block<'b, 'q> {
    pub(super) reader: &'b Reader<'b>,
    pub(super) relations: Vec<Known<'q>>,
    /// Columns that are equal wherever both are there.
    pub(super) equal: Vec<(Place<'q>, Place<'q>)>,
    /// What conditions ask whether it is there, each with the operand that is looked for in it, if any.
    pub(super) asks: Vec<(&'q Query, Option<&'q Expr>)>,
    /// What these read.
    pub(super) asked: Vec<Asked<'b, 'q>>,
    /// How many those stand for whom another query tells of.
    pub(super) beside: u32,
    /// What tells of its groups, or chooses among them: that one comes before another says of both what it is put in order by.
    pub(super) told: Vec<&'q Expr>,
}

impl<'b, 'q> Block<'b, 'q> {
    pub(super) fn new(reader: &'b Reader<'b>, told: Vec<&'q Expr>) -> Block<'b, 'q> {
        Block { reader, relations: Vec::new(), equal: Vec::new(), asks: Vec::new(), asked: Vec::new(), beside: ALL, told }
    }

    pub(super) fn from(&mut self, item: &'q FromItem, with: &With<'_>) -> BTreeSet<&'q Ident> {
        match item {
            FromItem::Relation(relation) => {
                let known = self.known(relation, with);
                self.relations.push(known);
                BTreeSet::from([&relation.alias])
            }
            FromItem::Join { kind, left, right, on } => {
                let (left, right) = (self.from(left, with), self.from(right, with));
                let padded = match kind {
                    JoinKind::Inner | JoinKind::Cross => None,
                    JoinKind::Left | JoinKind::Full => Some(&right),
                    JoinKind::Right => Some(&left),
                };
                on.iter().for_each(|e| self.condition(e, padded, with));
                left.union(&right).copied().collect()
            }
        }
    }

    fn known(&self, relation: &'q Relation, with: &With<'_>) -> Known<'q> {
        let reader = self.reader;
        let renamed = || relation.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let unknown = |k: u32| Rows { k, columns: vec![Said::nothing(); relation.columns.len()], together: BTreeSet::new() };
        let (names, rows) = match &relation.source {
            RelationSource::Table(id) => {
                let names = reader.program.table(*id).map_or_else(Vec::new, |t| t.columns.iter().map(|c| c.name.clone()).collect());
                (names, reader.done.get(id).cloned().unwrap_or_else(|| unknown(0)))
            }
            RelationSource::Cte(name) => match with.find(name) {
                Some((names, rows)) => (names.to_vec(), rows.clone()),
                None => (Vec::new(), unknown(0)),
            },
            RelationSource::Derived(query) => (query.names().cloned().collect(), reader.query(query, Some(with))),
            RelationSource::Unnest { expr, .. } => (renamed(), unknown(reader.inside(expr, with))),
            RelationSource::Function { args, .. } => (renamed(), unknown(args.iter().map(|e| reader.inside(e, with)).min().unwrap_or(ALL))),
            RelationSource::Zip { rows, .. } => {
                (renamed(), unknown(rows.iter().flat_map(|r| r.parts()).map(|e| reader.inside(e, with)).min().unwrap_or(ALL)))
            }
        };
        Known { alias: &relation.alias, names: if relation.columns.is_empty() { names } else { renamed() }, rows }
    }

    /// A condition of the block, or of a join, of which rows of one side that find no partner are padded.
    pub(super) fn condition(&mut self, e: &'q Expr, padded: Option<&BTreeSet<&'q Ident>>, with: &With<'_>) {
        for e in conjuncts(e) {
            match &e.kind {
                ExprKind::Exists(query, _) => self.asks.push((query, None)),
                ExprKind::InQuery(operand, query, negated) => {
                    self.beside = self.beside.min(self.reader.inside(operand, with));
                    // Where one row's is NULL, nothing is `not in` it, whoever is looked for.
                    let missed = *negated && (query.columns.is_empty() || query.columns.iter().any(|c| c.nullable));
                    self.asks.push((query, (!missed).then_some(operand)));
                }
                _ => self.beside = self.beside.min(self.reader.inside(e, with)),
            }
            self.beside = self.beside.min(self.others(e, false));
            let ExprKind::Operator { function, args } = &e.kind else { continue };
            let equals = self.reader.program.function(*function).is_some_and(|f| f.standard && &*f.name == "=");
            if let ([a, b], true) = (args.as_slice(), equals)
                && let (Some(a), Some(b)) = (plain_column(a), plain_column(b))
                && padded.is_none_or(|padded| padded.contains(a.0) || padded.contains(b.0))
            {
                self.equal.push((a, b));
            }
        }
    }

    /// What a column of the output says: whose the rows are, where all that it is computed from does; other names of it only where it is a column.
    pub(super) fn of_item(&self, e: &Expr, told: u32) -> Said {
        let others = |e: &Expr| query_of(e).is_some() || matches!(e.kind, ExprKind::Aggregate(_) | ExprKind::Window(_));
        let mut columns = BTreeSet::new();
        collect(e, &mut columns);
        if find(e, &others).is_some() || columns.is_empty() {
            return Said::nothing();
        }
        let rest = columns.iter().map(|place| if self.said(*place).is_some() { self.rest(&[self.class(*place)]) } else { 0 }).min();
        let own = plain_column(e).and_then(|place| self.said(place));
        // What a table looks up for somebody's row is a flag of it, whoever fills the table.
        let looked_up = columns.iter().any(|(alias, _)| self.relation(alias).is_none_or(|r| r.rows.k == ALL));
        let stored = own.is_some_and(|own| own.stored) && !(looked_up && self.relations.iter().any(|r| r.rows.k != ALL));
        Said { rest: rest.unwrap_or(0).min(told), stored, ..own.cloned().unwrap_or_else(Said::nothing) }
    }

    /// How many those stand for, at least, whose rows decide what an expression is, beside the person's of its own row: a window over rows that are not
    /// parted by whose they are may be one row's. Over groups (`grouped`) it tells of these.
    pub(super) fn others(&self, e: &Expr, grouped: bool) -> u32 {
        let mut least = match &e.kind {
            // A written exception.
            ExprKind::Release(..) => return ALL,
            ExprKind::Column { relation, name } => return self.said((relation, name)).map_or(ALL, |said| said.others),
            ExprKind::Window(window) if !grouped => {
                let parts: Vec<BTreeSet<Place<'_>>> = window.partition.iter().filter_map(plain_column).map(|p| self.class(p)).collect();
                self.rest(&parts)
            }
            _ => ALL,
        };
        operands(e, &mut |child| least = least.min(self.others(child, grouped)));
        least
    }

    pub(super) fn relation(&self, alias: &Ident) -> Option<&Known<'q>> {
        self.relations.iter().find(|r| r.alias == alias)
    }

    pub(super) fn said(&self, place: Place<'_>) -> Option<&Said> {
        self.relation(place.0)?.said(place.1).map(|(_, said)| said)
    }

    /// The columns that name what a column names, or a thing of whom it names: equal ones, and keys of rows that are theirs.
    pub(super) fn class<'p>(&'p self, start: Place<'p>) -> BTreeSet<Place<'p>> {
        self.grown(BTreeSet::from([start]))
    }

    pub(super) fn grown<'p>(&'p self, mut class: BTreeSet<Place<'p>>) -> BTreeSet<Place<'p>> {
        loop {
            let pairs = self.equal.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
            let learnt = |(a, b): (Place<'p>, Place<'p>)| {
                let (one, two) = (self.said(a)?, self.said(b)?);
                if class.contains(&a) {
                    return (!class.contains(&b) && one.alike(two)).then_some(b);
                }
                let own = || class.iter().any(|c| c.0 == a.0 && self.said(*c).is_some_and(|said| said.rest > 0));
                let key = || one.names.as_ref().is_none_or(|names| names.iter().any(|n| is_key(self.reader.program, *n)));
                (own() && key()).then_some(a)
            };
            let more: Vec<Place<'p>> = pairs.filter_map(learnt).collect();
            if more.is_empty() {
                return class;
            }
            class.extend(more);
        }
    }

    /// How many those stand for, at least, who are behind the rows, or of whom a condition asks, and whom these columns do not name.
    pub(super) fn rest(&self, classes: &[BTreeSet<Place<'_>>]) -> u32 {
        self.rest_of_first(self.relations.len(), classes)
    }

    /// The same of its first relations.
    pub(super) fn rest_of_first(&self, first: usize, classes: &[BTreeSet<Place<'_>>]) -> u32 {
        let behind = self.relations.iter().take(first).map(|known| beside(known, classes)).min().unwrap_or(ALL);
        self.asked.iter().map(|asked| asked.rest(classes)).fold(behind, u32::min)
    }
}

/// How many those stand for, at least, who are behind the rows of a relation and whom columns of these classes do not name.
fn beside(known: &Known<'_>, classes: &[BTreeSet<Place<'_>>]) -> u32 {
    let named = |name: &Ident| classes.iter().any(|class| class.contains(&(known.alias, name)));
    let columns = known.names.iter().zip(&known.rows.columns);
    let said = columns.filter(|(name, _)| named(name)).map(|(_, said)| said.rest).max();
    let all = || known.rows.together.iter().all(|at| known.names.get(*at).is_some_and(&named));
    let together = (!known.rows.together.is_empty() && all()).then_some(ALL);
    known.rows.k.max(said.unwrap_or(0)).max(together.unwrap_or(0))
}

/// A column, also under a type that tells apart what its own does.
pub(super) fn plain_column(e: &Expr) -> Option<Place<'_>> {
    match &e.kind {
        ExprKind::Column { relation, name } => Some((relation, name)),
        ExprKind::Cast(inner) => plain_column(inner).filter(|_| same_values(&inner.ty, &e.ty)),
        _ => None,
    }
}

fn same_values(from: &Type, to: &Type) -> bool {
    let whole = |ty: &Type| matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt);
    from == to || (matches!(from, Type::Text(_) | Type::Uuid) && *to == Type::TEXT) || (whole(from) && (whole(to) || *to == Type::TEXT))
}

/// Every column that an expression reads, queries inside left out.
fn collect<'e>(e: &'e Expr, all: &mut BTreeSet<Place<'e>>) {
    if let ExprKind::Column { relation, name } = &e.kind {
        all.insert((relation, name));
    }
    operands(e, &mut |child| collect(child, all));
}
