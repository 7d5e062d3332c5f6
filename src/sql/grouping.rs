//! Grouping sets for dialects without them: every set is grouped on its own, and a block over all of them does the rest.

use super::Gap;
use super::printer::Printer;
use crate::base::Ident;
use crate::ir::{
    AggregateCall, Distinct, Expr, ExprKind, FromItem, Grouping, Literal, OrderKey, Query, Relation, RelationSource, Select, SelectItem,
    SetExpr, SetOperator, Type,
};

const GROUPS: &str = "pipec_groups";

/// What the grouped blocks yield for the outer one.
struct Taken {
    /// As printed: what prints the same in one block is the same.
    text: String,
    name: Ident,
    what: What,
}

enum What {
    /// A key, by its place; NULL where a set lacks it.
    Key(usize),
    /// `grouping(…)` of these keys: as bits, which of them a set lacks.
    Bits(Vec<usize>),
    /// The same in each set: an aggregate, or a column that keys fix.
    Value(Expr),
}

impl Printer<'_> {
    /// Whether a block asks for grouping sets that its dialect lacks.
    pub(super) fn needs_spreading(&self, select: &Select) -> bool {
        !select.group.sets.is_empty() && !self.spelling.has_grouping_sets()
    }

    /// `select … from (select … group by a union all select … group by b) as pipec_groups where …`
    pub(super) fn spread(&mut self, select: &Select, order: &[OrderKey]) -> Result<(Select, Vec<OrderKey>), Gap> {
        let block = self.block(select);
        let aliases = block.aliases.clone();
        self.blocks.push(block);
        let mut lift = Lift { aliases, taken: Vec::new(), printer: self };
        let lifted = lift.all(select, order);
        let taken = lift.taken;
        self.blocks.pop();
        let (mut outer, order) = lifted?;
        let body = grouped(select, &taken).ok_or_else(|| Gap { what: "`grouping sets` of nothing".into(), at: select_at(select) })?;
        let query = Query { with: Vec::new(), body, order: Vec::new(), limit: None, offset: None, columns: Vec::new() };
        outer.from = vec![FromItem::Relation(Relation {
            source: RelationSource::Derived(Box::new(query)),
            alias: Ident::exact(GROUPS),
            lateral: false,
            columns: Vec::new(),
            at: select_at(select),
        })];
        Ok((outer, order))
    }
}

fn select_at(select: &Select) -> crate::base::Span {
    select.group.keys.first().map(|key| key.at).unwrap_or_default()
}

/// Moves keys, aggregates and columns into the grouped blocks, and leaves columns of theirs.
struct Lift<'l, 'p> {
    aliases: Vec<Ident>,
    taken: Vec<Taken>,
    printer: &'l mut Printer<'p>,
}

impl Lift<'_, '_> {
    fn all(&mut self, select: &Select, order: &[OrderKey]) -> Result<(Select, Vec<OrderKey>), Gap> {
        for (place, key) in select.group.keys.iter().enumerate() {
            let text = self.printer.aside(key)?;
            let wanted = name_of(select, key).unwrap_or_else(|| Ident::exact(&format!("pipec_key_{}", place + 1)));
            self.take(text, wanted, What::Key(place));
        }
        let mut outer = select.clone();
        outer.group = Grouping::default();
        for item in &mut outer.items {
            let wanted = item.name.clone();
            self.lift(&mut item.expr, Some(&wanted))?;
        }
        if let Distinct::On(keys) = &mut outer.distinct {
            for key in keys {
                self.lift(key, None)?;
            }
        }
        outer.filter = outer.having.take();
        for condition in outer.filter.iter_mut().chain(&mut outer.qualify) {
            self.lift(condition, None)?;
        }
        let mut order = order.to_vec();
        for key in &mut order {
            self.lift(&mut key.expr, None)?;
        }
        // A set without keys is one group even of no rows: an aggregate says so.
        let aggregates = self.taken.iter().any(|t| matches!(&t.what, What::Value(e) if matches!(e.kind, ExprKind::Aggregate(_))));
        if !aggregates && let Some(count) = self.printer.program.function_names.get("count").and_then(|ids| ids.first()) {
            let call = AggregateCall { function: *count, args: Vec::new(), star: true, distinct: false, order: Vec::new(), filter: None };
            let expr = Expr { kind: ExprKind::Aggregate(Box::new(call)), ty: Type::BigInt, nullable: false, at: select_at(select) };
            self.take(String::new(), Ident::exact("pipec_rows"), What::Value(expr));
        }
        Ok((outer, order))
    }

    fn lift(&mut self, expr: &mut Expr, wanted: Option<&Ident>) -> Result<(), Gap> {
        if matches!(expr.kind, ExprKind::Literal(_) | ExprKind::RunDate) {
            return Ok(());
        }
        // `grouping` has no text of its own here: zero, outside of sets.
        let text = if matches!(expr.kind, ExprKind::Grouping(_)) { String::from("grouping") } else { self.printer.aside(expr)? };
        let known = self.taken.iter().find(|t| t.text == text).map(|t| t.name.clone());
        let name = match (&expr.kind, known) {
            (_, Some(name)) => name,
            (ExprKind::Aggregate(_), None) => {
                let wanted = wanted.cloned().unwrap_or_else(|| Ident::exact(&format!("pipec_value_{}", self.taken.len() + 1)));
                self.take(text, wanted, What::Value(expr.clone()))
            }
            (ExprKind::Column { relation, name }, None) if self.aliases.contains(relation) => {
                self.take(text, name.clone(), What::Value(expr.clone()))
            }
            (ExprKind::Column { .. }, None) => return Ok(()),
            (ExprKind::Grouping(keys), None) => {
                let mut places = Vec::with_capacity(keys.len());
                for key in keys.clone() {
                    let key = self.printer.aside(&key)?;
                    places.extend(
                        self.taken
                            .iter()
                            .find(|t| t.text == key)
                            .and_then(|t| if let What::Key(place) = t.what { Some(place) } else { None }),
                    );
                }
                let text = format!("grouping {places:?}");
                let wanted = wanted.cloned().unwrap_or_else(|| Ident::exact(&format!("pipec_value_{}", self.taken.len() + 1)));
                self.taken
                    .iter()
                    .find(|t| t.text == text)
                    .map(|t| t.name.clone())
                    .unwrap_or_else(|| self.take(text, wanted, What::Bits(places)))
            }
            (
                ExprKind::Exists(..) | ExprKind::Scalar(_) | ExprKind::InQuery(..) | ExprKind::ArrayQuery(_) | ExprKind::Quantified(_),
                None,
            ) => {
                return self.printer.gap("a subquery beside `grouping sets`", expr.at);
            }
            _ => {
                let mut lifted = Ok(());
                crate::ir::operands_mut(expr, &mut |inner| {
                    if lifted.is_ok() {
                        lifted = self.lift(inner, None);
                    }
                });
                return lifted;
            }
        };
        expr.kind = ExprKind::Column { relation: Ident::exact(GROUPS), name };
        // A key is NULL where a set lacks it, whatever it was before.
        expr.nullable = true;
        Ok(())
    }

    /// Notes what the grouped blocks are to yield, under this name when it is free.
    fn take(&mut self, text: String, wanted: Ident, what: What) -> Ident {
        let free = !self.taken.iter().any(|t| t.name.as_str().eq_ignore_ascii_case(wanted.as_str()));
        let name = if free { wanted } else { Ident::exact(&format!("pipec_value_{}", self.taken.len() + 1)) };
        self.taken.push(Taken { text, name: name.clone(), what });
        name
    }
}

/// The name a key goes by: its column's, or that of the item it is.
fn name_of(select: &Select, key: &Expr) -> Option<Ident> {
    if let ExprKind::Column { name, .. } = &key.kind {
        return Some(name.clone());
    }
    let item = select.items.iter().find(|item| item.expr.at == key.at && key.at.start != key.at.end)?;
    Some(item.name.clone())
}

/// One block per set.
fn grouped(select: &Select, taken: &[Taken]) -> Option<SetExpr> {
    let blocks = select.group.sets.iter().map(|set| {
        let item = |one: &Taken| {
            let expr = match &one.what {
                What::Value(expr) => expr.clone(),
                What::Bits(places) => {
                    let bits = places.iter().fold(0_u64, |bits, place| bits << 1 | u64::from(!set.contains(place)));
                    let kind = ExprKind::Literal(Literal::Number(bits.to_string().into()));
                    Expr { kind, ty: Type::Integer, nullable: false, at: select_at(select) }
                }
                What::Key(place) => {
                    let key = select.group.keys.get(*place)?;
                    let kind = if set.contains(place) { key.kind.clone() } else { ExprKind::Literal(Literal::Null) };
                    Expr { kind, nullable: true, ..key.clone() }
                }
            };
            Some(SelectItem { expr, name: one.name.clone() })
        };
        let keys = set.iter().filter_map(|place| select.group.keys.get(*place)).cloned().collect();
        Some(SetExpr::Select(Box::new(Select {
            distinct: Distinct::No,
            items: taken.iter().map(item).collect::<Option<Vec<_>>>()?,
            from: select.from.clone(),
            filter: select.filter.clone(),
            group: Grouping { keys, sets: Vec::new(), aggregated: true, apart: true },
            having: None,
            qualify: None,
        })))
    });
    blocks.reduce(|left, right| {
        Some(SetExpr::Set { operator: SetOperator::Union, all: true, left: Box::new(left?), right: Box::new(right?) })
    })?
}
