//! The view that Tableau's connection reads for one data source: the table's columns, and who each row is for.
//!
//! Conditions on rows are computed here, by the warehouse, in its own types and with its own NULL; Tableau is left with the question who asks.
//! A row stands once with no login, for those whom a group alone opens it, and once per login that an entitlement opens it to. The filter
//! shows each user one of them at most, so sums stay sums however many groups and entitlements somebody has.

use super::carry::{Carried, Carry};
use super::matrix::RowRule;
use crate::base::{Ident, Span};
use crate::ir::{
    Column, Cte, Distinct, Edge, Expr, ExprKind, FromItem, FunctionId, FunctionKind, Grouping, JoinKind, Label, Literal, Materialization,
    Model, ModelRole, Origin, Origins, Policy, Program, Query, Relation, RelationSource, Sees, Select, SelectItem, SetExpr, SetOperator,
    Table, TableId, TableKind, Type,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a role sees of the table.
pub(super) struct Seen {
    pub(super) role: Ident,
    pub(super) rules: Vec<RowRule>,
}

/// A view, and what its columns behind the table's own say.
pub(super) struct View {
    pub(super) table: Table,
    pub(super) login: Option<u32>,
    /// In the order of the roles.
    pub(super) sees: Vec<Sees>,
}

const SHOWN: &str = "shown";
const LOGINS: &str = "pipec_logins";

/// Builds the view; `None` for a table that cannot be shown.
pub(super) fn build(program: &Program, carry: &Carry, table: TableId, seen: Vec<Seen>, (name, layer): (Ident, u32)) -> Option<View> {
    let base = program.table(table)?;
    let written_in = match &base.kind {
        TableKind::Model(model) => model.written_in.clone(),
        TableKind::Seed(seed) => seed.path.clone(),
        TableKind::Source(_) => return None,
    };
    let builder = Builder::new(program, carry, table, base)?;
    let asks: Vec<bool> = seen.iter().map(|s| s.rules.iter().any(|r| builder.asks(r))).collect();
    let names = Technical::new(base, &seen);
    let logins = asks.contains(&true);
    let mut columns = builder.own_columns();
    let login = logins.then(|| u32::try_from(columns.len()).ok()).flatten();
    if logins {
        columns.push(column(&names.login, Type::TEXT, true, builder.entitled_label(&seen)));
    }
    let mut sees = Vec::new();
    for ((one, asks), name) in seen.iter().zip(&asks).zip(&names.seen) {
        if one.rules.is_empty() {
            sees.push(Sees::All);
            continue;
        }
        let position = u32::try_from(columns.len()).ok()?;
        columns.push(column(name, Type::Boolean, false, builder.label(&one.rules)));
        sees.push(if *asks { Sees::Login(position) } else { Sees::Group(position) });
    }
    let query = builder.query(&seen, &asks, &columns)?;
    let docs = (0..columns.len()).map(|i| base.column_docs.get(i).cloned().flatten()).collect();
    let made = Table {
        name,
        kind: TableKind::Model(Box::new(Model {
            layer,
            materialization: Materialization::View,
            query,
            role: ModelRole::Model,
            indexes: Vec::new(),
            tags: Vec::new(),
            owner: None,
            written_in,
        })),
        columns,
        column_docs: docs,
        doc: Arc::from(format!("`{}` as Tableau shows it: the table's columns, and whom each row is for.", base.name)),
        assertions: Vec::new(),
        key: Vec::new(),
        rows: Origins::one(Origin::rows(table)),
        reads: builder.reads(&seen),
        at: base.at,
    };
    Some(View { table: made, login, sees })
}

/// Names of the columns that the filter asks: no column of the table has them, however it is written.
struct Technical {
    login: Ident,
    seen: Vec<Ident>,
}

impl Technical {
    fn new(base: &Table, seen: &[Seen]) -> Technical {
        let mut taken: BTreeSet<String> = base.columns.iter().map(|c| c.name.as_str().to_lowercase()).collect();
        let mut free = |wanted: String| {
            let short: String = wanted.chars().take(40).collect();
            let mut tries = std::iter::once(short.clone()).chain((2..).map(|n| format!("{short}_{n}")));
            let name = tries.find(|n| !taken.contains(&n.to_lowercase())).unwrap_or_default();
            taken.insert(name.to_lowercase());
            Ident::exact(&name)
        };
        let login = free("pipec_login".to_owned());
        // Formulas name them: nothing in them may mean anything there.
        let plain = |role: &Ident| role.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
        Technical { login, seen: seen.iter().map(|s| free(format!("pipec_seen_by_{}", plain(&s.role)))).collect() }
    }
}

struct Builder<'p> {
    program: &'p Program,
    table: TableId,
    base: &'p Table,
    lower: FunctionId,
    equal: FunctionId,
    unequal: FunctionId,
    carry: &'p Carry,
}

impl<'p> Builder<'p> {
    fn new(program: &'p Program, carry: &'p Carry, table: TableId, base: &'p Table) -> Option<Builder<'p>> {
        let found = |name: &str, kind: FunctionKind, arity: usize| {
            let fits = |id: &&FunctionId| {
                let plain = |t: &Type| matches!(t, Type::Text(_) | Type::Variable(_));
                program.function(**id).is_some_and(|f| f.kind == kind && f.params.len() == arity && f.params.iter().all(|p| plain(&p.ty)))
            };
            program.function_names.get(name)?.iter().find(fits).copied()
        };
        Some(Builder {
            program,
            carry,
            table,
            base,
            lower: found("lower", FunctionKind::Function, 1)?,
            equal: found("=", FunctionKind::Operator, 2)?,
            unequal: found("<>", FunctionKind::Operator, 2)?,
        })
    }

    /// Whether a table has no rows of its own, or hides them from whoever reads it: then its query is read.
    fn is_guarded(&self, id: TableId) -> bool {
        let Some(TableKind::Model(model)) = self.program.table(id).map(|t| &t.kind) else { return false };
        match model.materialization {
            Materialization::Ephemeral => true,
            Materialization::View => !self.carry.of(id).is_empty(),
            _ => false,
        }
    }

    fn policy(&self, rule: &RowRule) -> Option<&'p Policy> {
        self.program.policies.get(rule.policy as usize)
    }

    fn asks(&self, rule: &RowRule) -> bool {
        self.policy(rule).is_some_and(|p| p.asks.is_some())
    }

    fn label(&self, rules: &[RowRule]) -> Label {
        rules.iter().filter_map(|r| self.policy(r)).fold(Label::PUBLIC, |all, p| all.join(&p.label))
    }

    /// The tables of the entitlements that are asked, with the column that names the user; sorted.
    fn entitlements(&self, seen: &[Seen]) -> BTreeSet<(TableId, Ident)> {
        let asked = seen.iter().flat_map(|s| &s.rules).filter_map(|r| self.policy(r)?.asks.as_ref());
        asked.filter_map(|a| self.program.entitlements.get(a.entitlement as usize)).map(|e| (e.table, e.by.clone())).collect()
    }

    fn entitled_label(&self, seen: &[Seen]) -> Label {
        let named =
            self.entitlements(seen).into_iter().filter_map(|(id, by)| self.program.table(id)?.columns.iter().find(|c| c.name == by));
        named.fold(Label::PUBLIC, |all, c| all.join(&c.label))
    }

    /// The table's columns, as they come from it.
    fn own_columns(&self) -> Vec<Column> {
        let own = |(position, c): (u32, &Column)| {
            let origin = Origin { table: self.table, column: position, edge: Edge::Value };
            let from = if self.is_guarded(self.table) { c.from.clone() } else { Origins::one(origin) };
            let intact = if self.is_guarded(self.table) { c.intact } else { Some(origin) };
            Column { ty: shown_type(&c.ty), from, intact, ..c.clone() }
        };
        (0u32..).zip(&self.base.columns).map(own).collect()
    }

    fn reads(&self, seen: &[Seen]) -> Vec<TableId> {
        let mut reads = BTreeSet::new();
        let tables = std::iter::once(self.table).chain(self.entitlements(seen).into_iter().map(|(id, _)| id));
        for id in tables {
            match self.program.table(id) {
                Some(t) if self.is_guarded(id) => reads.extend(t.reads.iter().copied()),
                _ => drop(reads.insert(id)),
            }
        }
        reads.into_iter().collect()
    }

    /// `with logins as (…) select … union all select … cross join logins`
    fn query(&self, seen: &[Seen], asks: &[bool], columns: &[Column]) -> Option<Query> {
        let groups = self.select(seen, asks, columns, false)?;
        let entitlements = self.entitlements(seen);
        if entitlements.is_empty() {
            return Some(plain(groups, columns.to_vec()));
        }
        let users = self.select(seen, asks, columns, true)?;
        let body = SetExpr::Set { operator: SetOperator::Union, all: true, left: Box::new(groups), right: Box::new(users) };
        let logins = entitlements.iter().map(|(table, by)| self.logins(*table, by)).collect::<Option<Vec<_>>>()?;
        let logins = logins.into_iter().reduce(|left, right| SetExpr::Set {
            operator: SetOperator::Union,
            all: false,
            left: Box::new(left),
            right: Box::new(right),
        })?;
        let columns_of_logins = vec![column(&Ident::exact("login"), Type::TEXT, true, Label::PUBLIC)];
        let cte = Cte { name: Ident::exact(LOGINS), query: Arc::new(plain(logins, columns_of_logins)), recursive: false, at: self.base.at };
        Some(Query { with: vec![cte], ..plain(body, columns.to_vec()) })
    }

    /// The rows that groups alone open, or those that entitlements open to each login.
    fn select(&self, seen: &[Seen], asks: &[bool], columns: &[Column], of_logins: bool) -> Option<SetExpr> {
        let shown = Ident::exact(SHOWN);
        let mut items: Vec<Expr> = self.base.columns.iter().map(|c| shown_value(named(&shown, c))).collect();
        if asks.contains(&true) {
            let login = Expr { nullable: true, ..self.login() };
            items.push(if of_logins { login } else { cast_null() });
        }
        let mut open = Vec::new();
        let alone = asks.iter().filter(|a| **a).count() == 1;
        for (one, asks) in seen.iter().zip(asks) {
            let value = self.sees(one);
            if *asks == of_logins {
                open.push(value.clone());
            }
            if one.rules.is_empty() {
                continue;
            }
            items.push(match (*asks, of_logins) {
                (true, false) => boolean(false),
                // The condition of the block says it already.
                (true, true) if alone => boolean(true),
                _ => is_true(value),
            });
        }
        let filter = match open.len() {
            0 => Some(boolean(false)),
            _ if open.iter().any(|e| matches!(e.kind, ExprKind::Literal(Literal::Boolean(true)))) => None,
            1 => open.pop(),
            _ => Some(expr(ExprKind::Or(open.into_iter().map(is_true).collect()), Type::Boolean)),
        };
        let mut from = FromItem::Relation(self.relation(self.table, SHOWN)?);
        if of_logins {
            let logins = Relation {
                source: RelationSource::Cte(Ident::exact(LOGINS)),
                alias: Ident::exact(LOGINS),
                lateral: false,
                columns: Vec::new(),
                at: self.base.at,
            };
            from = FromItem::Join { kind: JoinKind::Cross, left: Box::new(from), right: Box::new(FromItem::Relation(logins)), on: None };
        }
        let items = items.into_iter().zip(columns).map(|(expr, c)| SelectItem { expr, name: c.name.clone() }).collect();
        Some(select(items, from, filter, Distinct::No))
    }

    fn login(&self) -> Expr {
        expr(ExprKind::Column { relation: Ident::exact(LOGINS), name: Ident::exact("login") }, Type::TEXT)
    }

    /// The condition under which a role sees a row: every rule of it.
    fn sees(&self, seen: &Seen) -> Expr {
        let mut all: Vec<Expr> = seen.rules.iter().map(|r| self.rule(r).unwrap_or_else(|| boolean(false))).collect();
        match all.len() {
            0 => boolean(true),
            1 => all.remove(0),
            _ => expr(ExprKind::And(all), Type::Boolean),
        }
    }

    fn rule(&self, rule: &RowRule) -> Option<Expr> {
        let policy = self.policy(rule)?;
        let carried = Carried { policy: rule.policy, roles: Vec::new(), columns: Ok(rule.columns.clone()) };
        let filter = policy.over(self.program, &carried, self.table, &Ident::exact(SHOWN))?;
        let Some(asked) = &policy.asks else { return Some(filter) };
        let entitlement = self.program.entitlements.get(asked.entitlement as usize)?;
        let by = self.user(entitlement.table, &entitlement.by, Policy::ENTITLED)?;
        let mine = self.operator(self.equal, self.lowered(by), self.login());
        self.exists(entitlement.table, Policy::ENTITLED, expr(ExprKind::And(vec![mine, filter]), Type::Boolean), false)
    }

    /// Logins in lower case, as Tableau compares them. Two names that differ in case alone would be one user there: neither is let in.
    fn logins(&self, table: TableId, by: &Ident) -> Option<SetExpr> {
        let (one, other) = (self.user(table, by, Policy::ENTITLED)?, self.user(table, by, "other")?);
        let there = expr(ExprKind::IsNull(Box::new(one.clone()), true), Type::Boolean);
        let same = self.operator(self.equal, self.lowered(other.clone()), self.lowered(one.clone()));
        let differs = self.operator(self.unequal, other, one.clone());
        let alone = self.exists(table, "other", expr(ExprKind::And(vec![same, differs]), Type::Boolean), true)?;
        let items = vec![SelectItem { expr: self.lowered(one), name: Ident::exact("login") }];
        let from = FromItem::Relation(self.relation(table, Policy::ENTITLED)?);
        Some(select(items, from, Some(expr(ExprKind::And(vec![there, alone]), Type::Boolean)), Distinct::All))
    }

    fn user(&self, table: TableId, by: &Ident, alias: &str) -> Option<Expr> {
        let column = self.program.table(table)?.columns.iter().find(|c| c.name == *by)?;
        Some(named(&Ident::exact(alias), column))
    }

    fn lowered(&self, e: Expr) -> Expr {
        Expr { nullable: e.nullable, ..expr(ExprKind::Call { function: self.lower, args: vec![e] }, Type::TEXT) }
    }

    fn operator(&self, function: FunctionId, a: Expr, b: Expr) -> Expr {
        expr(ExprKind::Operator { function, args: vec![a, b] }, Type::Boolean)
    }

    fn exists(&self, table: TableId, alias: &str, filter: Expr, negated: bool) -> Option<Expr> {
        let one = SelectItem { expr: expr(ExprKind::Literal(Literal::Number("1".into())), Type::Integer), name: Ident::exact("found") };
        let body = select(vec![one], FromItem::Relation(self.relation(table, alias)?), Some(filter), Distinct::No);
        Some(expr(ExprKind::Exists(Box::new(plain(body, Vec::new())), negated), Type::Boolean))
    }

    fn relation(&self, table: TableId, alias: &str) -> Option<Relation> {
        let found = self.program.table(table)?;
        let (source, columns) = match &found.kind {
            TableKind::Model(model) if self.is_guarded(table) => {
                (RelationSource::Derived(Box::new(model.query.clone())), found.columns.clone())
            }
            _ => (RelationSource::Table(table), Vec::new()),
        };
        Some(Relation { source, alias: Ident::exact(alias), lateral: false, columns, at: found.at })
    }
}

/// Tableau knows texts, numbers, days, times and booleans; the rest it is told as text.
fn shown_type(ty: &Type) -> Type {
    match ty {
        Type::Array(_) | Type::Json(_) | Type::Interval | Type::Bytea | Type::Uuid | Type::Time | Type::Vector(_) => Type::TEXT,
        other => other.clone(),
    }
}

fn shown_value(e: Expr) -> Expr {
    let ty = shown_type(&e.ty);
    if ty == e.ty { e } else { Expr { nullable: e.nullable, ..expr(ExprKind::Cast(Box::new(e)), ty) } }
}

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, nullable: false, at: Span::default() }
}

fn boolean(value: bool) -> Expr {
    expr(ExprKind::Literal(Literal::Boolean(value)), Type::Boolean)
}

fn is_true(e: Expr) -> Expr {
    expr(ExprKind::IsBool(Box::new(e), true, false), Type::Boolean)
}

fn cast_null() -> Expr {
    let null = Expr { nullable: true, ..expr(ExprKind::Literal(Literal::Null), Type::Unknown) };
    Expr { nullable: true, ..expr(ExprKind::Cast(Box::new(null)), Type::TEXT) }
}

pub(super) fn named(alias: &Ident, column: &Column) -> Expr {
    let kind = ExprKind::Column { relation: alias.clone(), name: column.name.clone() };
    Expr { kind, ty: column.ty.clone(), nullable: column.nullable, at: column.at }
}

fn column(name: &Ident, ty: Type, nullable: bool, label: Label) -> Column {
    let at = Span::default();
    Column { name: name.clone(), ty, nullable, label, from: Origins::NONE, intact: None, chosen: false, kin: crate::ir::Kin::OWN, at }
}

pub(super) fn plain(body: SetExpr, columns: Vec<Column>) -> Query {
    Query { with: Vec::new(), body, order: Vec::new(), limit: None, offset: None, columns }
}

pub(super) fn select(items: Vec<SelectItem>, from: FromItem, filter: Option<Expr>, distinct: Distinct) -> SetExpr {
    let from = vec![from];
    SetExpr::Select(Box::new(Select { distinct, items, from, filter, group: Grouping::default(), having: None, qualify: None }))
}
