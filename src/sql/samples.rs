//! Hand-built IR for tests: short names, no labels.

use super::{Gap, Host};
use crate::base::{Ident, Span};
use crate::ir::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) struct Plain;

impl Host for Plain {
    fn table(&self, program: &Program, table: TableId) -> String {
        super::ident(&program.table(table).unwrap().name, Dialect::Postgres)
    }

    fn run_date(&self) -> String {
        "cast('2026-01-31' as date)".into()
    }
}

pub(crate) fn name(text: &str) -> Ident {
    Ident::exact(text)
}

pub(crate) fn column(text: &str, ty: Type) -> Column {
    Column {
        name: name(text),
        ty,
        nullable: true,
        label: Label::PUBLIC,
        from: Origins::NONE,
        intact: None,
        chosen: false,
        kin: crate::ir::Kin::OWN,
        at: Span::default(),
    }
}

pub(crate) fn of(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, nullable: true, at: Span::default() }
}

/// `t.c`, a text.
pub(crate) fn col(path: &str) -> Expr {
    typed_col(path, Type::TEXT)
}

pub(crate) fn typed_col(path: &str, ty: Type) -> Expr {
    let (relation, column) = path.split_once('.').unwrap();
    of(ExprKind::Column { relation: name(relation), name: name(column) }, ty)
}

pub(crate) fn int(n: i64) -> Expr {
    Expr { nullable: false, ..of(ExprKind::Literal(Literal::Number(n.to_string().into())), Type::Integer) }
}

pub(crate) fn text(value: &str) -> Expr {
    Expr { nullable: false, ..of(ExprKind::Literal(Literal::Text(value.into())), Type::TEXT) }
}

pub(crate) fn truth(value: bool) -> Expr {
    Expr { nullable: false, ..of(ExprKind::Literal(Literal::Boolean(value)), Type::Boolean) }
}

pub(crate) fn and(all: Vec<Expr>) -> Expr {
    of(ExprKind::And(all), Type::Boolean)
}

pub(crate) fn or(all: Vec<Expr>) -> Expr {
    of(ExprKind::Or(all), Type::Boolean)
}

pub(crate) fn cast(expr: Expr, ty: Type) -> Expr {
    of(ExprKind::Cast(Box::new(expr)), ty)
}

pub(crate) fn json(base: Expr, steps: Vec<JsonStep>, scalar: Option<Type>) -> Expr {
    let is_scalar = scalar.is_some();
    of(ExprKind::Json(Box::new(JsonAccess { base, steps, scalar: is_scalar })), scalar.unwrap_or(Type::JSON))
}

pub(crate) fn field(text: &str) -> JsonStep {
    JsonStep::Field(text.into())
}

pub(crate) fn item(expr: Expr, alias: &str) -> SelectItem {
    SelectItem { expr, name: name(alias) }
}

pub(crate) fn items(paths: &[&str]) -> Vec<SelectItem> {
    paths.iter().map(|p| item(col(p), p.split_once('.').unwrap().1)).collect()
}

pub(crate) fn asc(expr: Expr) -> OrderKey {
    OrderKey { expr, descending: false, nulls_first: None }
}

pub(crate) fn desc(expr: Expr) -> OrderKey {
    OrderKey { expr, descending: true, nulls_first: None }
}

pub(crate) fn select(items: Vec<SelectItem>, from: Vec<FromItem>) -> Select {
    Select { distinct: Distinct::No, items, from, filter: None, group: Grouping::default(), having: None, qualify: None }
}

pub(crate) fn block(select: Select) -> Query {
    let columns = select.items.iter().map(|i| column(i.name.as_str(), i.expr.ty.clone())).collect();
    Query { with: vec![], body: SetExpr::Select(Box::new(select)), order: vec![], limit: None, offset: None, columns }
}

pub(crate) fn relation(source: RelationSource, alias: &str, columns: &[(&str, Type)]) -> FromItem {
    let columns = columns.iter().map(|(n, t)| column(n, t.clone())).collect();
    FromItem::Relation(Relation { source, alias: name(alias), lateral: false, columns, at: Span::default() })
}

pub(crate) fn join(kind: JoinKind, left: FromItem, right: FromItem, on: Option<Expr>) -> FromItem {
    FromItem::Join { kind, left: Box::new(left), right: Box::new(right), on }
}

/// A program in the making.
#[derive(Default)]
pub(crate) struct Sample {
    pub(crate) program: Program,
}

impl Sample {
    pub(crate) fn function(&mut self, kind: FunctionKind, function: &str, params: &[&str], bodies: &[(Dialect, &str)]) -> FunctionId {
        let params = params
            .iter()
            .map(|p| Parameter {
                name: p.trim_end_matches("...").into(),
                ty: Type::Any,
                default: None,
                variadic: p.ends_with("..."),
                limits: Limits::default(),
            })
            .collect();
        let bodies: BTreeMap<Dialect, Arc<str>> = bodies.iter().map(|(d, b)| (*d, (*b).into())).collect();
        self.program.functions.push(Function {
            name: function.into(),
            kind,
            params,
            result: Type::Any,
            nullability: Nullability::Strict,
            bodies,
            generic: None,
            unsupported: vec![],
            transition: None,
            follows: Vec::new(),
            monotone: false,
            because: Arc::default(),
            keeps_intact: false,
            standard: true,
            doc: "".into(),
            at: Span::default(),
        });
        FunctionId(self.program.functions.len() as u32 - 1)
    }

    pub(crate) fn operator(&mut self, symbol: &str, left: Expr, right: Expr, ty: Type) -> Expr {
        let known = self.program.functions.iter().position(|f| &*f.name == symbol && f.kind == FunctionKind::Operator);
        let function = known.map_or_else(|| self.function(FunctionKind::Operator, symbol, &["a", "b"], &[]), |i| FunctionId(i as u32));
        of(ExprKind::Operator { function, args: vec![left, right] }, ty)
    }

    pub(crate) fn equal(&mut self, left: Expr, right: Expr) -> Expr {
        self.operator("=", left, right, Type::Boolean)
    }

    pub(crate) fn call(&mut self, function: FunctionId, args: Vec<Expr>) -> Expr {
        of(ExprKind::Call { function, args }, Type::TEXT)
    }

    pub(crate) fn aggregate(&mut self, function: &str, args: Vec<Expr>) -> AggregateCall {
        let function = self.function(FunctionKind::Aggregate, function, &["x", "y"][..args.len()], &[]);
        AggregateCall { function, star: args.is_empty(), args, distinct: false, order: vec![], filter: None }
    }

    pub(crate) fn table(&mut self, table: &str, kind: TableKind, columns: &[(&str, Type)]) -> TableId {
        let id = TableId(self.program.tables.len() as u32);
        self.program.tables.push(Table {
            name: name(table),
            kind,
            columns: columns.iter().map(|(n, t)| column(n, t.clone())).collect(),
            column_docs: vec![],
            doc: "".into(),
            assertions: vec![],
            key: vec![],
            rows: crate::ir::Origins::NONE,
            reads: vec![],
            at: Span::default(),
        });
        self.program.order.push(id);
        id
    }

    pub(crate) fn source(&mut self, table: &str, columns: &[(&str, Type)]) -> TableId {
        let sample = crate::base::VPath::new(&format!("data/{table}.ndjson")).ok();
        let kind = SourceTable { source: name("raw"), schema: name("raw"), freshness: None, sample, own: None };
        self.table(table, TableKind::Source(kind), columns)
    }

    pub(crate) fn model(&mut self, table: &str, query: Query) -> TableId {
        let columns: Vec<(String, Type)> = query.columns.iter().map(|c| (c.name.to_string(), c.ty.clone())).collect();
        let columns: Vec<(&str, Type)> = columns.iter().map(|(n, t)| (n.as_str(), t.clone())).collect();
        let kind = Model {
            layer: 0,
            materialization: Materialization::Table,
            query,
            role: ModelRole::Model,
            indexes: vec![],
            tags: vec![],
            owner: None,
            written_in: crate::base::VPath::new("models.pipe").unwrap(),
        };
        self.table(table, TableKind::Model(Box::new(kind)), &columns)
    }

    pub(crate) fn scan(&self, id: TableId, alias: &str) -> FromItem {
        let columns: Vec<(&str, Type)> =
            self.program.tables[id.0 as usize].columns.iter().map(|c| (c.name.as_str(), c.ty.clone())).collect();
        relation(RelationSource::Table(id), alias, &columns)
    }

    pub(crate) fn query(&self, query: &Query, dialect: Dialect) -> Result<String, Gap> {
        super::query(&self.program, query, dialect, &Plain)
    }

    pub(crate) fn expr(&self, expr: &Expr, dialect: Dialect) -> Result<String, Gap> {
        super::expr(&self.program, expr, dialect, &Plain)
    }

    pub(crate) fn postgres(&self, expr: &Expr) -> String {
        self.expr(expr, Dialect::Postgres).unwrap()
    }

    pub(crate) fn sqlite(&self, expr: &Expr) -> String {
        self.expr(expr, Dialect::Sqlite).unwrap()
    }
}
