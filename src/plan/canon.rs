//! Bodies in a form that no place, alias, order of declaration or layout changes, and that is the same in both programs: equal texts are equal
//! computations. Asked for some columns only, it leaves out what the others need, so that what changed can be said column by column.

use super::names::Common;
use crate::base::Ident;
use crate::ir::{
    AggregateCall, Cte, Distinct, Expr, ExprKind, Frame, FrameBound, FromItem, FunctionKind, JsonStep, Literal, OrderKey, Over, Query,
    Relation, RelationSource, RowsOf, Select, SetExpr, SetOperator, TableId, Type, WindowCall, every_expr, operands, query_of,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Which output columns, by position; `None`: all.
type Need<'n> = Option<&'n BTreeSet<usize>>;

/// A mask as it is called, without what it is called on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct MaskCall {
    /// Its name.
    pub(super) name: String,
    /// Its further arguments: names and constants; of what is no constant, its canonical form.
    pub(super) args: Vec<(String, String)>,
    /// What tells its definition apart from another one of that name.
    pub(super) function: String,
}

/// A body, or what some of its columns need.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Canonical {
    /// The text.
    pub(super) text: String,
    /// The masks in it.
    pub(super) masks: BTreeSet<MaskCall>,
}

/// A whole body: its columns by position, and its order.
pub(super) fn whole(common: &Common<'_>, query: &Query) -> String {
    Writer::new(common).finished(query, None).text
}

/// Which rows a body has, whatever its columns hold.
pub(super) fn rows(common: &Common<'_>, query: &Query) -> Canonical {
    Writer::new(common).finished(query, Some(&BTreeSet::new()))
}

/// What a column of a body needs, its rows included.
pub(super) fn column(common: &Common<'_>, query: &Query, position: usize) -> Canonical {
    Writer::new(common).finished(query, Some(&BTreeSet::from([position])))
}

/// An output column's own expression, its columns by what they are read from: what is computed per row, whatever rows the block has.
/// `None` where the body is no single block.
pub(super) fn item(common: &Common<'_>, query: &Query, position: usize) -> Option<String> {
    let SetExpr::Select(select) = &query.body else { return None };
    let item = select.items.get(position)?;
    let mut writer = Writer::new(common);
    writer.entries.extend(query.with.iter().map(|cte| Entry { cte, scope: 0, open: false }));
    let asked = asked_by([&item.expr]);
    select.from.iter().for_each(|from| writer.read_from(from, &asked));
    writer.out = Canonical::default();
    writer.expr(&item.expr);
    Some(writer.out.text)
}

/// What an expression of a block comes to, whatever else the block reads: its text, and the columns of tables that are in it.
fn value<'q>(common: &Common<'_>, entries: &[Entry<'q>], select: &'q Select, e: &'q Expr) -> (String, BTreeSet<(TableId, Ident)>) {
    let mut writer = Writer::new(common);
    writer.touched = Some(BTreeSet::new());
    writer.entries = entries.to_vec();
    let asked = asked_by([e]);
    select.from.iter().for_each(|from| writer.read_from(from, &asked));
    writer.out = Canonical::default();
    writer.expr(e);
    (writer.out.text, writer.touched.unwrap_or_default())
}

/// A condition over relations that stand under these aliases.
pub(super) fn condition(common: &Common<'_>, scope: &[(Ident, Option<TableId>)], e: &Expr) -> String {
    let mut writer = Writer::new(common);
    writer.scope = scope.iter().map(|(alias, table)| Alias { name: alias.clone(), table: *table, source: None }).collect();
    writer.expr(e);
    writer.out.text
}

/// A condition of a body over its own relations, by position in `from`.
pub(super) fn filter(common: &Common<'_>, select: &Select, e: &Expr) -> String {
    let mut writer = Writer::new(common);
    select.from.iter().for_each(|item| writer.enter(item));
    writer.expr(e);
    writer.out.text
}

struct Writer<'c, 'q> {
    common: &'c Common<'c>,
    out: Canonical,
    /// Columns of tables that were written, where somebody asks.
    touched: Option<BTreeSet<(TableId, Ident)>>,
    /// Aliases in scope, innermost last, with the table behind: an alias is written as its place here.
    scope: Vec<Alias>,
    /// `with` entries in scope, innermost last, with the length of `scope` where they are declared.
    entries: Vec<Entry<'q>>,
    /// Entries written before, by where they stand and which columns were asked for.
    written: BTreeMap<(usize, usize, Option<Vec<usize>>), Canonical>,
}

/// A name that columns are read by.
struct Alias {
    name: Ident,
    /// The table behind, where its columns have their own names.
    table: Option<TableId>,
    /// What is written instead of its place.
    source: Option<String>,
}

#[derive(Clone)]
struct Entry<'q> {
    cte: &'q Cte,
    scope: usize,
    /// Inside its own recursive query.
    open: bool,
}

/// What of a query is written.
#[derive(Clone, Copy)]
struct Part<'n> {
    need: Need<'n>,
    /// Whether columns have the names that something around reads them by; by position otherwise.
    named: bool,
}

impl<'c, 'q> Writer<'c, 'q> {
    fn new(common: &'c Common<'c>) -> Self {
        Writer { common, out: Canonical::default(), touched: None, scope: Vec::new(), entries: Vec::new(), written: BTreeMap::new() }
    }

    fn finished(mut self, query: &'q Query, need: Need<'_>) -> Canonical {
        self.query(query, Part { need, named: false });
        self.out
    }

    fn put(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    /// A text whose end cannot be mistaken, whatever it holds.
    fn quoted(&mut self, text: &str) {
        let _ = write!(self.out.text, "{}:{text} ", text.len());
    }

    fn query(&mut self, q: &'q Query, part: Part<'_>) {
        let visible = self.entries.len();
        for cte in &q.with {
            self.entries.push(Entry { cte, scope: self.scope.len(), open: false });
        }
        let cut = q.limit.is_some() || q.offset.is_some();
        let picks = matches!(&q.body, SetExpr::Select(s) if matches!(s.distinct, Distinct::On(_)));
        let order = if part.need.is_none() || cut || picks { q.order.as_slice() } else { &[] };
        self.put("(q ");
        match &q.body {
            SetExpr::Select(select) => self.select(select, part, order),
            body => {
                self.set(body, part);
                self.order(order);
            }
        }
        for (word, e) in [("limit ", &q.limit), ("offset ", &q.offset)] {
            if let Some(e) = e {
                self.put(word);
                self.expr(e);
            }
        }
        self.put(")");
        self.entries.truncate(visible);
    }

    fn order(&mut self, order: &'q [OrderKey]) {
        for key in order {
            let nulls_first = key.nulls_first.unwrap_or(key.descending);
            let _ = write!(self.out.text, "(by {} {} ", u8::from(key.descending), u8::from(nulls_first));
            self.expr(&key.expr);
            self.put(")");
        }
    }

    fn set(&mut self, body: &'q SetExpr, part: Part<'_>) {
        match body {
            SetExpr::Select(select) => self.select(select, part, &[]),
            SetExpr::Query(inner) => self.query(inner, part),
            SetExpr::Values(rows) => {
                self.put("(values ");
                for row in rows {
                    self.put("(");
                    let asked = row.iter().enumerate().filter(|(i, _)| part.need.is_none_or(|n| n.contains(i)));
                    asked.for_each(|(_, e)| self.expr(e));
                    self.put(")");
                }
                self.put(")");
            }
            SetExpr::Set { operator, all, left, right } => {
                let keeps_all = *all && *operator == SetOperator::Union;
                let part = Part { need: part.need.filter(|_| keeps_all), named: false };
                let _ = write!(self.out.text, "({operator:?} {} ", u8::from(*all));
                self.set(left, part);
                self.set(right, part);
                self.put(")");
            }
        }
    }

    fn select(&mut self, s: &'q Select, part: Part<'_>, order: &'q [OrderKey]) {
        let visible = self.scope.len();
        // Rows that are made one where they are equal depend on every column.
        let need = if matches!(s.distinct, Distinct::All) { None } else { part.need };
        let mut items: Vec<(usize, &crate::ir::SelectItem)> =
            s.items.iter().enumerate().filter(|(i, _)| need.is_none_or(|n| n.contains(i))).collect();
        if part.named {
            items.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        }
        let asked = need.is_some().then(|| asked(s, &items, order));
        self.put("(select ");
        for item in &s.from {
            self.from(item, asked.as_ref());
        }
        if let Distinct::All = s.distinct {
            self.put("distinct ");
        }
        if let Distinct::On(keys) = &s.distinct {
            self.list("on", keys);
        }
        for (word, e) in [("where ", &s.filter), ("having ", &s.having), ("qualify ", &s.qualify)] {
            if let Some(e) = e {
                self.put(word);
                self.expr(e);
            }
        }
        if s.group.aggregated {
            self.list("group", &s.group.keys);
            let _ = write!(self.out.text, "{:?} ", s.group.sets);
        }
        for (_, item) in items {
            self.put("= ");
            if part.named {
                self.quoted(item.name.as_str());
            }
            self.expr(&item.expr);
        }
        self.order(order);
        self.put(")");
        self.scope.truncate(visible);
    }

    /// Puts the aliases of a part of `from` into scope, by their places.
    fn enter(&mut self, item: &'q FromItem) {
        match item {
            FromItem::Relation(r) => self.scope.push(Alias { name: r.alias.clone(), table: behind(r), source: None }),
            FromItem::Join { left, right, .. } => {
                self.enter(left);
                self.enter(right);
            }
        }
    }

    /// Puts the aliases of a part of `from` into scope, by what they stand for.
    fn read_from(&mut self, item: &'q FromItem, asked: &BTreeMap<Ident, BTreeSet<Ident>>) {
        match item {
            FromItem::Relation(r) => {
                self.out = Canonical::default();
                let known = self.touched.clone();
                self.relation(r, Some(asked));
                if !asked.contains_key(&r.alias) {
                    self.touched = known;
                }
                let source = digest(&self.out.text);
                self.scope.iter_mut().rev().take(1).for_each(|alias| alias.source = Some(source.clone()));
            }
            FromItem::Join { left, right, .. } => {
                self.read_from(left, asked);
                self.read_from(right, asked);
            }
        }
    }

    fn from(&mut self, item: &'q FromItem, asked: Option<&BTreeMap<Ident, BTreeSet<Ident>>>) {
        match item {
            FromItem::Relation(r) => self.relation(r, asked),
            FromItem::Join { kind, left, right, on } => {
                let _ = write!(self.out.text, "(join {kind:?} ");
                self.from(left, asked);
                self.from(right, asked);
                if let Some(on) = on {
                    self.put("on ");
                    self.expr(on);
                }
                self.put(")");
            }
        }
    }

    fn relation(&mut self, r: &'q Relation, asked: Option<&BTreeMap<Ident, BTreeSet<Ident>>>) {
        let none = BTreeSet::new();
        let names = asked.map(|a| a.get(&r.alias).unwrap_or(&none));
        let _ = write!(self.out.text, "(rel {} ", u8::from(r.lateral));
        match &r.source {
            RelationSource::Table(id) => {
                let table = self.common.table(*id).to_owned();
                self.quoted(&table);
                if !r.columns.is_empty() {
                    let real = self.common.program.table(*id).map_or(&[][..], |t| &t.columns);
                    for (seen, real) in r.columns.iter().zip(real).filter(|(s, _)| names.is_none_or(|n| n.contains(&s.name))) {
                        self.quoted(seen.name.as_str());
                        if let Some(touched) = &mut self.touched {
                            touched.insert((*id, real.name.clone()));
                        }
                        let real = self.common.column(*id, &real.name).to_owned();
                        self.quoted(real.as_str());
                    }
                }
            }
            RelationSource::Cte(name) => self.entry(name, r, names),
            RelationSource::Derived(query) => {
                let asked = Asked::of(query, r, names);
                self.query(query, Part { need: asked.need.as_ref(), named: asked.by_name });
                self.places(&asked);
            }
            RelationSource::Unnest { expr, ordinality } => {
                let _ = write!(self.out.text, "unnest {} ", u8::from(*ordinality));
                self.expr(expr);
                self.places(&Asked::rows_of(r));
            }
            RelationSource::Function { function, args, ordinality } => {
                let called = self.common.function(*function);
                self.quoted(&called);
                let _ = write!(self.out.text, "{} ", u8::from(*ordinality));
                self.list("of", args);
                self.places(&Asked::rows_of(r));
            }
            RelationSource::Zip { rows, ordinality } => {
                let _ = write!(self.out.text, "zip {} ", u8::from(*ordinality));
                for row in rows {
                    if let RowsOf::Function { function, .. } = row {
                        let called = self.common.function(*function);
                        self.quoted(&called);
                    }
                    self.list("rows", row.parts());
                }
                self.places(&Asked::rows_of(r));
            }
        }
        self.put(")");
        self.scope.push(Alias { name: r.alias.clone(), table: behind(r), source: None });
    }

    /// Which column each name stands for that expressions read, where the query does not write them itself.
    fn places(&mut self, asked: &Asked) {
        if asked.by_name {
            return;
        }
        self.put("as ");
        for (i, name) in asked.seen.iter().enumerate().filter(|(i, _)| asked.need.as_ref().is_none_or(|n| n.contains(i))) {
            let _ = write!(self.out.text, "{i} ");
            self.quoted(name.as_str());
        }
    }

    /// A `with` entry, written where it is read; what is long is written once and by its digest.
    fn entry(&mut self, name: &Ident, r: &Relation, names: Option<&BTreeSet<Ident>>) {
        let Some(at) = self.entries.iter().rposition(|e| e.cte.name == *name) else { return self.quoted(name.as_str()) };
        let Some(entry) = self.entries.get(at).cloned() else { return };
        if entry.open {
            let _ = write!(self.out.text, "itself {at} ");
            return self.places(&Asked { by_name: false, ..Asked::of(&entry.cte.query, r, None) });
        }
        let asked = Asked::of(&entry.cte.query, r, names.filter(|_| !entry.cte.recursive));
        let key = (at, std::ptr::from_ref(entry.cte) as usize, asked.need.as_ref().map(|n| n.iter().copied().collect()));
        let done = match self.written.get(&key) {
            Some(done) => done.clone(),
            None => {
                let done = self.aside(at, &entry, Part { need: asked.need.as_ref(), named: asked.by_name });
                self.written.insert(key, done.clone());
                done
            }
        };
        self.put("#");
        self.quoted(&done.text);
        self.out.masks.extend(done.masks);
        self.places(&asked);
    }

    /// An entry on a page of its own, as it stands where it is declared.
    fn aside(&mut self, at: usize, entry: &Entry<'q>, part: Part<'_>) -> Canonical {
        let inner_scope = self.scope.split_off(entry.scope.min(self.scope.len()));
        let later = self.entries.split_off(at);
        let page = std::mem::take(&mut self.out);
        if entry.cte.recursive {
            self.entries.push(Entry { open: true, ..entry.clone() });
        }
        self.query(&entry.cte.query, part);
        let written = std::mem::replace(&mut self.out, page);
        self.entries.truncate(at);
        self.entries.extend(later);
        self.scope.truncate(entry.scope);
        self.scope.extend(inner_scope);
        Canonical { text: digest(&written.text), masks: written.masks }
    }

    fn list(&mut self, word: &str, all: &'q [Expr]) {
        let _ = write!(self.out.text, "({word} {} ", all.len());
        all.iter().for_each(|e| self.expr(e));
        self.put(")");
    }

    fn flags(&mut self, word: &str, flags: &[bool]) {
        self.put("(");
        self.put(word);
        flags.iter().for_each(|f| self.out.text.push(if *f { '1' } else { '0' }));
        self.put(" ");
    }

    fn expr(&mut self, e: &'q Expr) {
        match &e.kind {
            ExprKind::Column { relation, name } => return self.column(relation, name),
            // What is released is the value it was: labels are compared where columns are.
            ExprKind::Release(inner, _) => return self.expr(inner),
            ExprKind::Literal(literal) => return self.literal(literal, &e.ty),
            ExprKind::RunDate => self.put("(run_date"),
            ExprKind::Error => self.put("(error"),
            ExprKind::Call { function, args } | ExprKind::Operator { function, args } => self.call(*function, args),
            ExprKind::Not(a) => self.operands("not", &[a]),
            ExprKind::IsNull(a, negated) => self.flagged("is_null", &[*negated], &[a]),
            ExprKind::IsBool(a, value, negated) => self.flagged("is_bool", &[*value, *negated], &[a]),
            ExprKind::IsDistinct(a, b, negated) => self.flagged("is_distinct", &[*negated], &[a, b]),
            ExprKind::Like(a, b, insensitive, negated) => self.flagged("like", &[*insensitive, *negated], &[a, b]),
            ExprKind::Between(a, low, high, negated) => self.flagged("between", &[*negated], &[a, low, high]),
            ExprKind::Subscript(a, b) => self.operands("subscript", &[a, b]),
            ExprKind::And(parts) => self.open_list("and", parts),
            ExprKind::Or(parts) => self.open_list("or", parts),
            ExprKind::Array(parts) => self.open_list("array", parts),
            ExprKind::Row(parts) => self.open_list("row", parts),
            ExprKind::Grouping(parts) => self.open_list("grouping", parts),
            ExprKind::Common(which, parts) => {
                let word = format!("{which:?}");
                self.open_list(&word, parts);
            }
            ExprKind::InList(a, list, negated) => {
                self.flags("in", &[*negated]);
                self.expr(a);
                self.list("of", list);
            }
            ExprKind::Cast(a) => {
                self.put("(cast ");
                self.ty(&e.ty);
                self.expr(a);
            }
            ExprKind::Slice(a, low, high) => {
                self.flags("slice", &[low.is_some(), high.is_some()]);
                self.expr(a);
                low.iter().chain(high).for_each(|e| self.expr(e));
            }
            _ => self.asking(e),
        }
        self.put(")");
    }

    /// The longer shapes: queries, `case`, aggregates, JSON.
    fn asking(&mut self, e: &'q Expr) {
        let all = Part { need: None, named: false };
        match &e.kind {
            ExprKind::InQuery(a, query, negated) => {
                self.flags("in_query", &[*negated]);
                self.expr(a);
                self.query(query, all);
            }
            ExprKind::Exists(query, negated) => {
                self.flags("exists", &[*negated]);
                self.query(query, all);
            }
            ExprKind::Scalar(query) => {
                self.put("(scalar ");
                self.query(query, all);
            }
            ExprKind::ArrayQuery(query) => {
                self.put("(array_query ");
                self.query(query, all);
            }
            ExprKind::Quantified(q) => {
                self.flags("quantified", &[q.all]);
                let operator = self.common.function(q.operator);
                self.quoted(&operator);
                self.expr(&q.left);
                match &q.over {
                    Over::Query(query) => self.query(query, all),
                    Over::Array(array) => self.expr(array),
                }
            }
            ExprKind::Case { operand, arms, otherwise } => {
                self.flags("case", &[operand.is_some(), otherwise.is_some()]);
                operand.iter().for_each(|e| self.expr(e));
                for (when, then) in arms {
                    self.expr(when);
                    self.expr(then);
                }
                otherwise.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Aggregate(call) => {
                self.put("(aggregate ");
                self.aggregate(call);
            }
            ExprKind::Window(call) => self.window(call),
            ExprKind::Json(access) => {
                self.flags("json", &[access.scalar]);
                self.ty(&e.ty);
                self.expr(&access.base);
                for step in &access.steps {
                    self.step(step);
                }
            }
            ExprKind::Column { .. }
            | ExprKind::Literal(_)
            | ExprKind::RunDate
            | ExprKind::Call { .. }
            | ExprKind::Operator { .. }
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::IsNull(..)
            | ExprKind::IsBool(..)
            | ExprKind::IsDistinct(..)
            | ExprKind::InList(..)
            | ExprKind::Between(..)
            | ExprKind::Like(..)
            | ExprKind::Cast(_)
            | ExprKind::Common(..)
            | ExprKind::Array(_)
            | ExprKind::Subscript(..)
            | ExprKind::Slice(..)
            | ExprKind::Grouping(_)
            | ExprKind::Row(_)
            | ExprKind::Release(..)
            | ExprKind::Error => self.put("("),
        }
    }

    fn step(&mut self, step: &'q JsonStep) {
        match step {
            JsonStep::Field(name) => {
                self.put(".");
                self.quoted(name);
            }
            JsonStep::Index(n) => {
                let _ = write!(self.out.text, "[{n}] ");
            }
            JsonStep::Pick { conditions, index } => {
                let _ = write!(self.out.text, "[{index} of ");
                for c in conditions {
                    self.out.text.push(if c.negated { '!' } else { '=' });
                    self.quoted(&c.field);
                    self.quoted(&c.equals);
                }
                self.put("]");
            }
            JsonStep::Computed(e) => {
                self.put("->");
                self.expr(e);
            }
        }
    }

    fn column(&mut self, relation: &Ident, name: &Ident) {
        let place = self.scope.iter().rposition(|alias| alias.name == *relation);
        let Some((place, alias)) = place.and_then(|p| Some((p, self.scope.get(p)?))) else {
            self.put("?.");
            self.quoted(relation.as_str());
            return self.quoted(name.as_str());
        };
        if let (Some(touched), Some(table)) = (&mut self.touched, alias.table) {
            touched.insert((table, name.clone()));
        }
        let name = alias.table.map_or(name, |t| self.common.column(t, name)).clone();
        let from = alias.source.clone().unwrap_or_else(|| place.to_string());
        self.put(&from);
        self.put(".");
        self.quoted(name.as_str());
    }

    fn literal(&mut self, literal: &Literal, ty: &Type) {
        self.put("'");
        let text = format!("{literal:?}");
        self.quoted(&text);
        self.ty(ty);
    }

    fn ty(&mut self, ty: &Type) {
        let text = self.common.ty(ty);
        self.quoted(&text);
    }

    fn call(&mut self, function: crate::ir::FunctionId, args: &'q [Expr]) {
        let called = self.common.function(function);
        self.put("(call ");
        self.quoted(&called);
        let declared = self.common.program.function(function).filter(|f| f.kind == FunctionKind::Mask);
        let Some(mask) = declared else { return args.iter().for_each(|e| self.expr(e)) };
        let mut call = MaskCall { name: mask.name.to_string(), args: Vec::new(), function: called };
        for (i, arg) in args.iter().enumerate() {
            let from = self.out.text.len();
            self.expr(arg);
            let name = mask.params.get(i).or(mask.params.last()).map_or("", |p| &p.name);
            if i > 0 {
                let canonical = self.out.text.get(from..).unwrap_or_default().to_owned();
                call.args.push((name.to_owned(), constant(arg).unwrap_or(canonical)));
            }
        }
        self.out.masks.insert(call);
    }

    fn operands(&mut self, word: &str, all: &[&'q Expr]) {
        self.flagged(word, &[], all);
    }

    fn flagged(&mut self, word: &str, flags: &[bool], all: &[&'q Expr]) {
        self.flags(word, flags);
        all.iter().for_each(|e| self.expr(e));
    }

    fn open_list(&mut self, word: &str, all: &'q [Expr]) {
        let _ = write!(self.out.text, "({word} {} ", all.len());
        all.iter().for_each(|e| self.expr(e));
    }

    fn aggregate(&mut self, call: &'q AggregateCall) {
        let called = self.common.function(call.function);
        self.quoted(&called);
        let _ = write!(self.out.text, "{}{} ", u8::from(call.star), u8::from(call.distinct));
        self.list("of", &call.args);
        self.order(&call.order);
        if let Some(filter) = &call.filter {
            self.put("filter ");
            self.expr(filter);
        }
    }

    fn window(&mut self, window: &'q WindowCall) {
        self.put("(window ");
        self.aggregate(&window.call);
        self.list("partition", &window.partition);
        self.order(&window.order);
        if let Some(Frame { unit, start, end, exclude }) = &window.frame {
            let _ = write!(self.out.text, "{unit:?} {exclude:?} ");
            for bound in std::iter::once(start).chain(end) {
                match bound {
                    FrameBound::UnboundedPreceding => self.put("first "),
                    FrameBound::UnboundedFollowing => self.put("last "),
                    FrameBound::CurrentRow => self.put("here "),
                    FrameBound::Preceding(e) => {
                        self.put("before ");
                        self.expr(e);
                    }
                    FrameBound::Following(e) => {
                        self.put("after ");
                        self.expr(e);
                    }
                }
            }
        }
    }
}

/// The table whose columns have their own names under a relation's alias.
fn behind(r: &Relation) -> Option<TableId> {
    match &r.source {
        RelationSource::Table(id) if r.columns.is_empty() => Some(*id),
        _ => None,
    }
}

/// The names of what a query yields.
fn names(q: &Query) -> Option<Vec<Ident>> {
    let mut body = &q.body;
    loop {
        match body {
            SetExpr::Select(select) => return Some(select.items.iter().map(|i| i.name.clone()).collect()),
            SetExpr::Set { left, .. } => body = left,
            SetExpr::Query(inner) => return names(inner),
            SetExpr::Values(_) => return (!q.columns.is_empty()).then(|| q.columns.iter().map(|c| c.name.clone()).collect()),
        }
    }
}

/// What a relation's readers ask of the query behind it.
struct Asked {
    /// Which columns, by position; `None`: all.
    need: Option<BTreeSet<usize>>,
    /// The names they are read by.
    seen: Vec<Ident>,
    /// Whether those are the names that its select list writes.
    by_name: bool,
}

impl Asked {
    fn of(query: &Query, r: &Relation, asked: Option<&BTreeSet<Ident>>) -> Asked {
        let own = names(query).unwrap_or_default();
        let seen: Vec<Ident> = if r.columns.is_empty() { own.clone() } else { r.columns.iter().map(|c| c.name.clone()).collect() };
        // Values and sets have places, and only a select has names.
        let by_name = matches!(query.body, SetExpr::Select(_)) && own == seen;
        let need = asked.map(|asked| (0..).zip(&seen).filter(|(_, n)| asked.contains(*n)).map(|(i, _)| i).collect());
        Asked { need, seen, by_name }
    }

    fn rows_of(r: &Relation) -> Asked {
        Asked { need: None, seen: r.columns.iter().map(|c| c.name.clone()).collect(), by_name: false }
    }
}

/// Which columns a block reads of each alias, for its conditions and these of its items; columns of blocks around it, too.
fn asked(s: &Select, items: &[(usize, &crate::ir::SelectItem)], order: &[OrderKey]) -> BTreeMap<Ident, BTreeSet<Ident>> {
    let on = if let Distinct::On(keys) = &s.distinct { keys.as_slice() } else { &[] };
    let conditions = on.iter().chain(&s.filter).chain(&s.group.keys).chain(&s.having).chain(&s.qualify);
    let mut found = asked_by(conditions.chain(items.iter().map(|(_, i)| &i.expr)).chain(order.iter().map(|k| &k.expr)));
    s.from.iter().for_each(|item| in_from(item, &mut |e| note(e, &mut found)));
    found
}

fn asked_by<'e>(all: impl IntoIterator<Item = &'e Expr>) -> BTreeMap<Ident, BTreeSet<Ident>> {
    let mut found = BTreeMap::new();
    all.into_iter().for_each(|e| deep(e, &mut |e| note(e, &mut found)));
    found
}

fn note(e: &Expr, found: &mut BTreeMap<Ident, BTreeSet<Ident>>) {
    if let ExprKind::Column { relation, name } = &e.kind {
        found.entry(relation.clone()).or_default().insert(name.clone());
    }
}

fn in_from(item: &FromItem, f: &mut dyn FnMut(&Expr)) {
    match item {
        FromItem::Relation(r) => match &r.source {
            RelationSource::Table(_) | RelationSource::Cte(_) => {}
            RelationSource::Derived(query) => every_expr(query, f),
            RelationSource::Unnest { expr, .. } => deep(expr, f),
            RelationSource::Function { args, .. } => args.iter().for_each(|e| deep(e, f)),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(|e| deep(e, f)),
        },
        FromItem::Join { left, right, on, .. } => {
            in_from(left, f);
            in_from(right, f);
            on.iter().for_each(|e| deep(e, f));
        }
    }
}

fn deep(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(e);
    operands(e, &mut |inner| deep(inner, f));
    if let Some(query) = query_of(e) {
        every_expr(query, f);
    }
}

/// A constant as people read it.
fn constant(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Literal(Literal::Null) => Some("null".to_owned()),
        ExprKind::Literal(Literal::Boolean(b)) => Some(b.to_string()),
        ExprKind::Literal(Literal::Number(n)) => Some(n.to_string()),
        ExprKind::Literal(Literal::Text(t)) => Some(format!("'{}'", t.replace('\'', "''"))),
        ExprKind::Literal(Literal::Secret(name)) => Some(format!("secret('{name}')")),
        ExprKind::RunDate => Some("run_date".to_owned()),
        ExprKind::Cast(inner) => constant(inner),
        _ => None,
    }
}

/// Lower-case hex SHA-256: texts of unequal length in little space, and nobody can make two that are equal.
pub(super) fn digest(text: &str) -> String {
    crate::base::digest(text)
}

/// An expression that a statement of a person stands beside: the argument of a `release`, or an output column of a block.
pub(super) struct Stated<'q> {
    /// The statement of a release; none of an output column.
    pub(super) release: Option<&'q crate::ir::Release>,
    /// The block it stands in.
    pub(super) select: &'q Select,
    /// The output column, where it is one of the whole body or of a part.
    pub(super) name: Option<&'q Ident>,
    /// Whether the block is the body itself.
    pub(super) outermost: bool,
    /// The expression.
    pub(super) expr: &'q Expr,
    entries: Vec<Entry<'q>>,
}

impl Stated<'_> {
    /// What the expression comes to, whatever else the body reads: its text, and the columns of tables that are in it.
    pub(super) fn value(&self, common: &Common<'_>) -> (String, BTreeSet<(TableId, Ident)>) {
        value(common, &self.entries, self.select, self.expr)
    }
}

/// Where an expression begins and ends with all its parts: places of expressions may be of a name only.
pub(super) fn extent(e: &Expr) -> crate::base::Span {
    let mut at = e.at;
    deep(e, &mut |inner| {
        if inner.at.file == at.file && inner.at.start < inner.at.end {
            at.start = at.start.min(inner.at.start);
            at.end = at.end.max(inner.at.end);
        }
    });
    at
}

/// The tables behind the aliases of a block.
pub(super) fn table_behind(select: &Select, alias: &Ident) -> Option<TableId> {
    fn find(item: &FromItem, alias: &Ident) -> Option<TableId> {
        match item {
            FromItem::Relation(r) => behind(r).filter(|_| r.alias == *alias),
            FromItem::Join { left, right, .. } => find(left, alias).or_else(|| find(right, alias)),
        }
    }
    select.from.iter().find_map(|item| find(item, alias))
}

/// Visits the arguments of releases, and output columns for which `picks` says so, with the block each stands in.
pub(super) fn stated<'q>(query: &'q Query, picks: &dyn Fn(&Select, &Expr) -> bool, f: &mut dyn FnMut(Stated<'q>)) {
    Blocks { picks, f }.query(query, &[], true);
}

struct Blocks<'v, 'q> {
    picks: &'v dyn Fn(&Select, &Expr) -> bool,
    f: &'v mut dyn FnMut(Stated<'q>),
}

impl<'q> Blocks<'_, 'q> {
    fn query(&mut self, query: &'q Query, around: &[Entry<'q>], outermost: bool) {
        let mut entries = around.to_vec();
        for cte in &query.with {
            let own = Entry { cte, scope: 0, open: true };
            let inner: Vec<Entry<'q>> = entries.iter().cloned().chain(cte.recursive.then_some(own)).collect();
            self.query(&cte.query, &inner, false);
            entries.push(Entry { cte, scope: 0, open: false });
        }
        self.set(&query.body, &query.order, &entries, outermost);
    }

    fn set(&mut self, set: &'q SetExpr, order: &'q [OrderKey], entries: &[Entry<'q>], outermost: bool) {
        match set {
            SetExpr::Select(select) => self.select(select, order, entries, outermost),
            SetExpr::Query(inner) => self.query(inner, entries, outermost),
            SetExpr::Values(_) => {}
            SetExpr::Set { left, right, .. } => {
                self.set(left, &[], entries, outermost);
                self.set(right, &[], entries, outermost);
            }
        }
    }

    fn select(&mut self, select: &'q Select, order: &'q [OrderKey], entries: &[Entry<'q>], outermost: bool) {
        for item in &select.items {
            if (self.picks)(select, &item.expr) {
                let name = Some(&item.name);
                (self.f)(Stated { release: None, select, name, outermost, expr: &item.expr, entries: entries.to_vec() });
            }
            self.expr(&item.expr, select, entries);
        }
        let on = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
        let rest = on.iter().chain(&select.filter).chain(&select.group.keys).chain(&select.having).chain(&select.qualify);
        rest.chain(order.iter().map(|k| &k.expr)).for_each(|e| self.expr(e, select, entries));
        select.from.iter().for_each(|item| self.from(item, select, entries));
    }

    fn from(&mut self, item: &'q FromItem, select: &'q Select, entries: &[Entry<'q>]) {
        match item {
            FromItem::Relation(r) => match &r.source {
                RelationSource::Table(_) | RelationSource::Cte(_) => {}
                RelationSource::Derived(query) => self.query(query, entries, false),
                RelationSource::Unnest { expr, .. } => self.expr(expr, select, entries),
                RelationSource::Function { args, .. } => args.iter().for_each(|e| self.expr(e, select, entries)),
                RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(|e| self.expr(e, select, entries)),
            },
            FromItem::Join { left, right, on, .. } => {
                self.from(left, select, entries);
                self.from(right, select, entries);
                on.iter().for_each(|e| self.expr(e, select, entries));
            }
        }
    }

    fn expr(&mut self, e: &'q Expr, select: &'q Select, entries: &[Entry<'q>]) {
        if let ExprKind::Release(inner, release) = &e.kind {
            let release = Some(release.as_ref());
            (self.f)(Stated { release, select, name: None, outermost: false, expr: inner, entries: entries.to_vec() });
        }
        operands(e, &mut |inner| self.expr(inner, select, entries));
        if let Some(query) = query_of(e) {
            self.query(query, entries, false);
        }
    }
}
