//! Rule 3, over every shape of expression and every place of a query: whatever reads a labelled value tells it.
//!
//! Each template names its operands by type, `{t}` for text. Every operand in turn is a labelled column, all others are public ones; the one output
//! column must tell the label, as value or by the choice of rows. A shape of the IR that no template reaches fails the test, and a new
//! shape does not compile until it is named here.

use super::blocks::compiled;
use pipec::ir::{self, Expr, ExprKind, FromItem, Over, Query, RelationSource, SetExpr, TableKind};
use std::collections::BTreeSet;

const PRELUDE: &str = r#"
project demo { warehouse postgres { database = env("DATABASE") } }
use std.hipaa
category hidden
type Doc { a text @public; tags text[]? @public }
source s on warehouse schema "s" {
  table secret { t text @hidden; i integer @hidden; b boolean @hidden; d date @hidden; a text[] @hidden; j jsonb @hidden }
  table plain { k integer key @public; t text @public; i integer @public; b boolean @public; d date @public; a text[] @public; j jsonb @public; doc json<Doc> }
}
layer marts schema "marts" as table
"#;

/// Expressions over `s` (labelled) and `p` (public).
const EXPRESSIONS: &[&str] = &[
    "upper({t})",
    "{t} || {t}",
    "{i} + {i} * {i}",
    "{i} = {i}",
    "not {b}",
    "{b} and {b} and {b}",
    "{b} or {b}",
    "{t} is null",
    "{b} is not true",
    "{t} is distinct from {t}",
    "{t} is not distinct from {t}",
    "{t} in ({t}, {t})",
    "{t} not in ({t}, {t})",
    "{t} in (select q.t from s.plain as q where q.t <> {t})",
    "({t}, {i}) in (select q.t, q.i from s.plain as q)",
    "exists (select 1 from s.plain as q where q.t = {t})",
    "not exists (select 1 from s.plain as q where q.t = {t})",
    "(select max(q.t) from s.plain as q where q.i = {i})",
    "(select max({t}) from s.plain as q)",
    "array(select q.t from s.plain as q where q.i = {i})",
    "{i} > any (array[{i}, {i}])",
    "{t} = any ({a})",
    "{i} >= all (select q.i from s.plain as q where q.t = {t})",
    "{i} between {i} and {i}",
    "{t} like {t}",
    "{t} ilike {t}",
    "{t} ~ {t}",
    "case when {b} then {t} when {b} then {t} else {t} end",
    "case {t} when {t} then {i} when {t} then {i} else {i} end",
    "case when {b} then 1 end",
    "cast({i} as text)",
    "{d} :: text",
    "coalesce({t}, {t}, {t})",
    "nullif({t}, {t})",
    "greatest({i}, {i})",
    "least({i}, {i})",
    "{j} -> 'a' ->> 'b'",
    "{j} ->> {t}",
    "{j} @> {j}",
    "{j} ? {t}",
    "p.doc.tags[{i}]",
    "array[{t}, {t}]",
    "{a}[{i}]",
    "{a}[{i}:{i}]",
    "{a} @> {a}",
    "({t}, {i}) = ({t}, {i})",
    "({t}, {i}) < ({t}, {i})",
    "extract(year from {d})",
    "substring({t} from {i} for {i})",
    "overlay({t} placing {t} from {i} for {i})",
    "jsonb_build_object('a', {t}, {t}, {i})",
    "md5({t})",
    "trim({t})",
    "row_number() over (partition by {t} order by {i})",
    "rank() over (order by {d}, {i})",
    "dense_rank() over (partition by {t} order by p.k)",
    "ntile(4) over (order by {t})",
    "lag({t}) over (partition by {i} order by {d})",
    "first_value({t}) over (order by {i})",
    "sum({i}) over (partition by {t} order by {d})",
    "sum({i}) over (partition by {t} order by {d} rows between 1 preceding and current row)",
    "count(*) filter (where {b}) over (partition by {t})",
];

/// Expressions with aggregates: the rows are one group.
const AGGREGATES: &[&str] = &[
    "count({t})",
    "count(distinct {t})",
    "count(distinct ({t}, {i}))",
    "count(*) filter (where {b})",
    "sum({i}) filter (where {b})",
    "max({t})",
    "bool_or({b})",
    "string_agg({t}, ',' order by {i})",
    "array_agg({t} order by {d}) filter (where {b})",
    "jsonb_agg({t})",
    "avg({i}) + max({i})",
    "percentile_cont(0.5) within group (order by {i})",
    "mode() within group (order by {t})",
    "case when count(*) > 3 then max({t}) else min({t}) end",
];

/// Queries with one output column `x` over the same tables.
const QUERIES: &[&str] = &[
    "select p.k as x from s.secret as s, s.plain as p where {b}",
    "select p.k as x from s.secret as s join s.plain as p on {b}",
    "select p.k as x from s.secret as s left join s.plain as p on {t} = p.t and {b}",
    "select p.k as x from s.plain as p full join s.secret as s on {i} = p.i",
    "select q.k as x from s.secret as s, s.plain as p cross join lateral (select 1 as k where {b}) as q",
    "select q.k as x from s.secret as s, s.plain as p cross join lateral (select o.k from s.plain as o order by o.k limit 1 + {i}) as q",
    "select u as x from s.secret as s, s.plain as p cross join lateral unnest(array[{t}]) as u",
    "select p.k as x from s.secret as s, s.plain as p cross join lateral generate_series(1, {i}) as g",
    "select u.b as x from s.secret as s, s.plain as p cross join lateral unnest(array[{t}], array[{i}]) as u(a, b)",
    "select count(*) as x from s.secret as s, s.plain as p group by {t}",
    "select count(*) as x from s.secret as s, s.plain as p group by rollup({t}, {i})",
    "select p.k as x from s.secret as s, s.plain as p group by p.k having max({i}) > min({i})",
    "select p.k as x from s.secret as s, s.plain as p qualify rank() over (order by {i}) < 3",
    "select distinct {t} as x from s.secret as s, s.plain as p",
    "select count(*) as x from (select distinct {t}, p.k from s.secret as s, s.plain as p) as d",
    "select distinct on ({t}) p.k as x from s.secret as s, s.plain as p order by length({t}), {i} + 1",
    "select p.k as x from s.secret as s, s.plain as p order by {i}",
    "select p.k as x from s.secret as s, s.plain as p order by {i} limit 3",
    "select p.k as x from s.secret as s, s.plain as p order by {i} offset 3",
    "select q.k as x from s.plain as q order by q.k limit (select max({i}) from s.secret as s, s.plain as p)",
    "select q.k as x from s.plain as q order by q.k offset (select count(*) from s.secret as s, s.plain as p where {b})",
    "with c as (select p.k from s.secret as s, s.plain as p where {b}) select c.k as x from c",
    "with recursive c(k, n) as (select p.k, 1 from s.secret as s, s.plain as p where {b} union all select c.k, c.n + 1 from c where c.n < 3) select k as x from c",
    "with recursive c(k, n) as (select 1, 1 union select p.k, c.n + 1 from c, s.secret as s, s.plain as p where {b} and c.n < 3) select k as x from c",
    "select d.k as x from (select p.k from s.secret as s, s.plain as p where {b}) as d",
    "select {t} as x from s.secret as s, s.plain as p union select q.t from s.plain as q",
    "select {t} as x from s.secret as s, s.plain as p union all select q.t from s.plain as q",
    "select q.t as x from s.plain as q intersect select {t} from s.secret as s, s.plain as p",
    "select q.t as x from s.plain as q except select {t} from s.secret as s, s.plain as p",
    "select count(*) as x from (select {t} from s.secret as s, s.plain as p union select q.t from s.plain as q) as d",
    "(select {t} as x from s.secret as s, s.plain as p order by 1 limit 2) union all select 'a'",
    "select d.c as x from s.secret as s, s.plain as p cross join lateral (values ({t}), ('a')) as d(c)",
    "select p.k as x from s.plain as p where p.t in (select {t} from s.secret as s, s.plain as p)",
    "select q.k as x from s.plain as q where exists (select 1 from s.secret as s, s.plain as p where {b} and p.k = q.k)",
    "select o.k as x from s.plain as o join (select p.t from s.secret as s, s.plain as p where {b}) as d using (t)",
];

/// Shapes no operand of which can tell: constants, which grouping set a row is of, and the written exception.
const NO_OPERANDS: [&str; 5] = ["literal", "run date", "grouping", "release", "error"];

#[test]
fn every_operand_reaches_the_result() {
    let from = " as x from s.secret as s, s.plain as p";
    let expressions = EXPRESSIONS.iter().chain(AGGREGATES).map(|e| format!("select {e}{from}"));
    let templates: Vec<String> = expressions.chain(QUERIES.iter().map(|q| (*q).to_owned())).collect();
    let mut text = String::new();
    let mut written = Vec::new();
    for template in &templates {
        for hole in 0..template.matches('{').count() {
            let sql = filled(template, hole);
            text.push_str(&format!("model m{} in marts {{ sql \"\"\" {sql} \"\"\" }}\n", written.len()));
            written.push(sql);
        }
    }
    let (sources, compilation) = compiled(PRELUDE, &text);
    let problems: Vec<String> = compilation.diagnostics.iter().map(|d| format!("{} in `{}`", d.message, sources.slice(d.at))).collect();
    assert_eq!(problems, Vec::<String>::new());
    let program = compilation.program.as_ref().unwrap().program();
    let hidden = program.categories.iter().position(|c| c.name.as_str() == "hidden").unwrap() as u32;
    let mut silent = Vec::new();
    let mut reached: BTreeSet<&'static str> = NO_OPERANDS.into();
    for (index, sql) in written.iter().enumerate() {
        let (_, table) = program.table_named(&format!("m{index}")).unwrap();
        let label = &table.columns[0].label;
        if !label.values().iter().chain(label.controls()).any(|(c, _)| c.0 == hidden) {
            silent.push(sql.clone());
        }
        let TableKind::Model(model) = &table.kind else { panic!("a model") };
        query(&model.query, &mut reached);
    }
    assert_eq!(silent, Vec::<String>::new(), "these read a labelled value and tell nothing");
    let missing: Vec<&str> = ALL.into_iter().filter(|k| !reached.contains(k)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "no template has these shapes");
}

/// The template with one hole labelled and all others public.
fn filled(template: &str, labelled: usize) -> String {
    let mut out = String::new();
    let mut rest = template;
    let mut hole = 0;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap();
        out.push_str(before);
        out.push_str(&format!("{}.{name}", if hole == labelled { "s" } else { "p" }));
        rest = tail;
        hole += 1;
    }
    out + rest
}

const ALL: [&str; 33] = [
    "column",
    "literal",
    "run date",
    "call",
    "operator",
    "not",
    "and",
    "or",
    "is null",
    "is bool",
    "is distinct",
    "in list",
    "in query",
    "exists",
    "scalar",
    "array query",
    "quantified query",
    "quantified array",
    "between",
    "like",
    "case",
    "cast",
    "common",
    "aggregate",
    "window",
    "json",
    "array",
    "subscript",
    "slice",
    "grouping",
    "row",
    "release",
    "error",
];

fn shape(e: &Expr) -> &'static str {
    match &e.kind {
        ExprKind::Column { .. } => "column",
        ExprKind::Literal(_) => "literal",
        ExprKind::RunDate => "run date",
        ExprKind::Call { .. } => "call",
        ExprKind::Operator { .. } => "operator",
        ExprKind::Not(_) => "not",
        ExprKind::And(_) => "and",
        ExprKind::Or(_) => "or",
        ExprKind::IsNull(..) => "is null",
        ExprKind::IsBool(..) => "is bool",
        ExprKind::IsDistinct(..) => "is distinct",
        ExprKind::InList(..) => "in list",
        ExprKind::InQuery(..) => "in query",
        ExprKind::Exists(..) => "exists",
        ExprKind::Scalar(_) => "scalar",
        ExprKind::ArrayQuery(_) => "array query",
        ExprKind::Quantified(q) => match q.over {
            Over::Query(_) => "quantified query",
            Over::Array(_) => "quantified array",
        },
        ExprKind::Between(..) => "between",
        ExprKind::Like(..) => "like",
        ExprKind::Case { .. } => "case",
        ExprKind::Cast(_) => "cast",
        ExprKind::Common(..) => "common",
        ExprKind::Aggregate(_) => "aggregate",
        ExprKind::Window(_) => "window",
        ExprKind::Json(_) => "json",
        ExprKind::Array(_) => "array",
        ExprKind::Subscript(..) => "subscript",
        ExprKind::Slice(..) => "slice",
        ExprKind::Grouping(_) => "grouping",
        ExprKind::Row(_) => "row",
        ExprKind::Release(..) => "release",
        ExprKind::Error => "error",
    }
}

fn expr(e: &Expr, reached: &mut BTreeSet<&'static str>) {
    reached.insert(shape(e));
    ir::operands(e, &mut |child| expr(child, reached));
    if let Some(q) = ir::query_of(e) {
        query(q, reached);
    }
}

fn query(q: &Query, reached: &mut BTreeSet<&'static str>) {
    q.with.iter().for_each(|c| query(&c.query, reached));
    q.order.iter().for_each(|k| expr(&k.expr, reached));
    body(&q.body, reached);
}

fn body(set: &SetExpr, reached: &mut BTreeSet<&'static str>) {
    match set {
        SetExpr::Select(select) => {
            select.items.iter().for_each(|i| expr(&i.expr, reached));
            select.filter.iter().chain(&select.having).chain(&select.qualify).chain(&select.group.keys).for_each(|e| expr(e, reached));
            select.from.iter().for_each(|f| from_item(f, reached));
        }
        SetExpr::Values(rows) => rows.iter().flatten().for_each(|e| expr(e, reached)),
        SetExpr::Set { left, right, .. } => {
            body(left, reached);
            body(right, reached);
        }
        SetExpr::Query(inner) => query(inner, reached),
    }
}

fn from_item(item: &FromItem, reached: &mut BTreeSet<&'static str>) {
    match item {
        FromItem::Relation(r) => {
            if let RelationSource::Derived(q) = &r.source {
                query(q, reached);
            }
        }
        FromItem::Join { left, right, on, .. } => {
            from_item(left, reached);
            from_item(right, reached);
            on.iter().for_each(|e| expr(e, reached));
        }
    }
}
