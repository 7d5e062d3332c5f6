//! What printed SQL looks like.

use super::samples::*;
use crate::ir::*;

fn patients(sample: &mut Sample) -> TableId {
    sample.source("patient", &[("id", Type::TEXT), ("name", Type::TEXT), ("resource", Type::JSON)])
}

#[test]
fn a_query_reads_as_a_person_would_write_it() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let visits = s.source("visit", &[("patient_id", Type::TEXT), ("day", Type::Date)]);
    let on = s.equal(col("v.patient_id"), col("p.id"));
    let is_last = s.equal(col("v.day"), text("x"));
    let rank = s.function(FunctionKind::Window, "row_number", &[], &[]);
    let call = AggregateCall { function: rank, args: vec![], star: false, distinct: false, order: vec![], filter: None };
    let window = of(
        ExprKind::Window(Box::new(WindowCall { call, partition: vec![col("v.patient_id")], order: vec![desc(col("v.day"))], frame: None })),
        Type::BigInt,
    );
    let latest = block(select(
        vec![item(col("v.patient_id"), "patient_id"), item(col("v.day"), "day"), item(window, "rn")],
        vec![s.scan(visits, "v")],
    ));
    let from = join(
        JoinKind::Left,
        s.scan(table, "p"),
        relation(RelationSource::Cte(name("latest")), "v", &[("patient_id", Type::TEXT), ("day", Type::Date)]),
        Some(and(vec![on, is_last])),
    );
    let mut main = select(vec![item(col("p.id"), "id"), item(col("p.name"), "full_name"), item(col("v.day"), "day")], vec![from]);
    main.filter = Some(of(ExprKind::IsNull(Box::new(col("p.name")), true), Type::Boolean));
    let mut query = block(main);
    query.with.push(Cte { name: name("latest"), query: latest.into(), recursive: false, at: Default::default() });
    query.order = vec![desc(col("v.day")), asc(col("p.id"))];
    query.limit = Some(int(10));
    let expected = "\
with latest as (
    select
        patient_id,
        day,
        row_number() over (partition by patient_id order by day desc) as rn
    from visit as v
)

select
    p.id,
    p.name as full_name,
    v.day
from patient as p
left join latest as v
    on v.patient_id = p.id
    and v.day = 'x'
where p.name is not null
order by v.day desc, p.id
limit 10";
    assert_eq!(s.query(&query, Dialect::Postgres).unwrap(), expected);
    let sqlite = s.query(&query, Dialect::Sqlite).unwrap();
    assert!(sqlite.contains("order by day desc nulls first) as rn"), "{sqlite}");
    assert!(sqlite.contains("order by v.day desc nulls first, p.id nulls last"), "{sqlite}");
}

#[test]
fn parentheses_stand_only_where_precedence_asks() {
    let mut s = Sample::default();
    let (a, b, c) = (|| typed_col("t.a", Type::Integer), || typed_col("t.b", Type::Integer), || typed_col("t.c", Type::Integer));
    let sum = s.operator("+", a(), b(), Type::Integer);
    let product = s.operator("*", sum.clone(), c(), Type::Integer);
    assert_eq!(s.postgres(&product), "(a + b) * c");
    let minus = s.operator("-", sum.clone(), c(), Type::Integer);
    assert_eq!(s.postgres(&minus), "a + b - c");
    let right = s.operator("-", c(), sum.clone(), Type::Integer);
    assert_eq!(s.postgres(&right), "c - (a + b)");
    let equal = s.equal(sum, c());
    assert_eq!(s.postgres(&and(vec![equal.clone(), or(vec![equal.clone(), equal.clone()])])), "a + b = c and (a + b = c or a + b = c)");
    assert_eq!(s.postgres(&or(vec![and(vec![equal.clone(), equal.clone()]), equal.clone()])), "a + b = c and a + b = c or a + b = c");
    assert_eq!(s.postgres(&of(ExprKind::Not(Box::new(equal.clone())), Type::Boolean)), "not (a + b = c)");
    assert_eq!(s.postgres(&of(ExprKind::IsNull(Box::new(equal), false), Type::Boolean)), "(a + b = c) is null");
    let glued = s.operator("||", col("t.a"), col("t.b"), Type::TEXT);
    let chain = s.operator("||", glued.clone(), text("x"), Type::TEXT);
    assert_eq!(s.postgres(&chain), "a || b || 'x'");
    let apart = s.operator("||", text("x"), glued, Type::TEXT);
    assert_eq!(s.postgres(&apart), "'x' || (a || b)");
}

#[test]
fn bodies_take_arguments_in_parentheses_where_nothing_keeps_them_apart() {
    let mut s = Sample::default();
    let sum = s.operator("+", typed_col("t.a", Type::Integer), int(1), Type::Integer);
    let last = s.function(
        FunctionKind::Function,
        "keep",
        &["x", "n"],
        &[(Dialect::Postgres, "right({x}, {n})"), (Dialect::Sqlite, "substr({x}, -{n})")],
    );
    let call = s.call(last, vec![col("t.name"), sum.clone()]);
    assert_eq!(s.postgres(&call), "right(name, a + 1)");
    assert_eq!(s.sqlite(&call), "substr(name, -(a + 1))");
    let odd = s.function(FunctionKind::Function, "odd", &["x"], &[(Dialect::Postgres, "{x} % 2 = 1")]);
    let odd = s.call(odd, vec![sum.clone()]);
    assert_eq!(s.postgres(&of(ExprKind::Not(Box::new(odd)), Type::Boolean)), "not ((a + 1) % 2 = 1)");
    let digits = s.function(FunctionKind::Function, "digits", &["x"], &[(Dialect::Postgres, "({x} ~ '^[0-9]{{5}}$')")]);
    let digits = s.call(digits, vec![col("t.zip")]);
    assert_eq!(s.postgres(&digits), "(zip ~ '^[0-9]{5}$')");
    let concat = s.function(FunctionKind::Function, "concat", &["x..."], &[(Dialect::Sqlite, "pipec_concat({x})")]);
    let concat = s.call(concat, vec![text("a"), col("t.b"), sum]);
    assert_eq!(s.postgres(&concat), "concat('a', b, a + 1)");
    assert_eq!(s.sqlite(&concat), "pipec_concat('a', b, a + 1)");
}

#[test]
fn what_a_dialect_lacks_is_a_gap() {
    let mut s = Sample::default();
    let f = s.function(FunctionKind::Function, "only_here", &["x"], &[]);
    s.program.functions[f.0 as usize].unsupported.push(Dialect::BigQuery);
    let call = s.call(f, vec![text("a")]);
    assert_eq!(s.postgres(&call), "only_here('a')");
    assert_eq!(s.expr(&call, Dialect::BigQuery).unwrap_err().what, "`only_here`");
    assert_eq!(s.expr(&text("a\0b"), Dialect::Postgres).unwrap_err().what, "a text with a zero byte");
}

#[test]
fn json_paths() {
    let s = Sample::default();
    let family = json(typed_col("p.resource", Type::JSON), vec![field("name"), JsonStep::Index(0), field("family")], Some(Type::TEXT));
    assert_eq!(s.postgres(&family), "resource -> 'name' -> 0 ->> 'family'");
    assert_eq!(s.sqlite(&family), "pipec_json_text(resource -> '$.name[0].family')");
    assert_eq!(s.expr(&family, Dialect::DuckDb).unwrap(), "json_extract_string(resource, '$.name[0].family')");
    assert_eq!(s.expr(&family, Dialect::BigQuery).unwrap(), "json_value(resource, '$.name[0].family')");
    let born = json(typed_col("p.resource", Type::JSON), vec![field("birthDate")], Some(Type::Date));
    assert_eq!(s.postgres(&born), "cast(resource ->> 'birthDate' as date)");
    assert_eq!(s.sqlite(&born), "pipec_to_date(pipec_json_text(resource -> '$.birthDate'))");
    let first = JsonStep::Pick {
        conditions: vec![crate::ir::JsonCondition { field: "system".into(), equals: "it's \"x\"".into(), negated: false }],
        index: 0,
    };
    let phone = json(typed_col("p.resource", Type::JSON), vec![field("telecom"), first, field("value")], Some(Type::TEXT));
    assert_eq!(s.postgres(&phone), r#"jsonb_path_query_first(resource -> 'telecom', '$[*] ? (@."system" == "it''s \"x\"")') ->> 'value'"#);
    assert_eq!(
        s.sqlite(&phone),
        r#"pipec_json_text(pipec_json_pick(resource -> '$.telecom', '[["system","it''s \"x\"",false]]', 0) -> '$.value')"#
    );
    let last = json(typed_col("p.resource", Type::JSON), vec![field("odd name"), JsonStep::Index(-1)], None);
    assert_eq!(s.sqlite(&last), r#"resource -> '$."odd name"[#-1]'"#);
    assert_eq!(s.postgres(&last), "resource -> 'odd name' -> -1");
}

#[test]
fn elements_of_json_arrays() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let array = json(typed_col("p.resource", Type::JSON), vec![field("name")], None);
    let unnest = RelationSource::Unnest { expr: Box::new(array), ordinality: true };
    let elements = relation(unnest, "n", &[("value", Type::JSON), ("place", Type::BigInt)]);
    let given = json(typed_col("n.value", Type::JSON), vec![field("family")], Some(Type::TEXT));
    let query =
        block(select(vec![item(given, "family"), item(typed_col("n.place", Type::BigInt), "place")], vec![s.scan(table, "p"), elements]));
    assert_eq!(
        s.query(&query, Dialect::Postgres).unwrap(),
        "select\n    n.value ->> 'family' as family,\n    n.place\nfrom patient as p\ncross join jsonb_array_elements(nullif(p.resource -> 'name', 'null')) with ordinality as n(value, place)"
    );
    assert_eq!(
        s.query(&query, Dialect::Sqlite).unwrap(),
        "select\n    pipec_json_text(pipec_json_element(n.type, n.value) -> '$.family') as family,\n    (n.key + 1) as place\nfrom patient as p\ncross join json_each(nullif(p.resource -> '$.name', 'null')) as n"
    );
}

#[test]
fn distinct_on_becomes_a_ranking_where_it_is_missing() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let mut newest = select(items(&["patient.id", "patient.name"]), vec![s.scan(table, "patient")]);
    newest.distinct = Distinct::On(vec![col("patient.id")]);
    let mut query = block(newest);
    query.order = vec![asc(col("patient.id")), desc(col("patient.name"))];
    assert_eq!(
        s.query(&query, Dialect::Postgres).unwrap(),
        "select distinct on (id)\n    id,\n    name\nfrom patient\norder by id, name desc"
    );
    let expected = "\
select
    id,
    name
from (
    select
        id,
        name,
        row_number() over (
            partition by id
            order by id nulls last, name desc nulls first
        ) as pipec_rank,
        row_number() over (order by id nulls last, name desc nulls first) as pipec_position
    from patient
) as pipec_ranked
where pipec_rank = 1
order by pipec_position";
    assert_eq!(s.query(&query, Dialect::Sqlite).unwrap(), expected);
}

#[test]
fn correlated_subqueries_keep_both_sides_apart() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let visits = s.source("visit", &[("id", Type::TEXT), ("patient_id", Type::TEXT)]);
    let on = s.equal(col("v.patient_id"), col("p.id"));
    let mut inner = select(vec![item(int(1), "one")], vec![s.scan(visits, "v")]);
    inner.filter = Some(on);
    let mut outer = select(items(&["p.id"]), vec![s.scan(table, "p")]);
    outer.filter = Some(of(ExprKind::Exists(Box::new(block(inner)), false), Type::Boolean));
    assert_eq!(
        s.query(&block(outer), Dialect::Postgres).unwrap(),
        "select\n    id\nfrom patient as p\nwhere exists (select 1 as one from visit as v where patient_id = p.id)"
    );
}

#[test]
fn an_output_name_that_hides_a_column_is_not_confused_with_it() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let lower = s.function(FunctionKind::Function, "lower", &["x"], &[]);
    let lowered = s.call(lower, vec![col("patient.name")]);
    let mut query = block(select(vec![item(lowered, "name")], vec![s.scan(table, "patient")]));
    query.order = vec![asc(col("patient.name"))];
    assert_eq!(s.query(&query, Dialect::Postgres).unwrap(), "select\n    lower(name) as name\nfrom patient\norder by patient.name");
}

#[test]
fn sets_values_and_recursion() {
    let s = Sample::default();
    let rows = SetExpr::Values(vec![vec![int(1), text("a")], vec![int(2), text("b")]]);
    let columns = vec![column("n", Type::Integer), column("t", Type::TEXT)];
    let values = Query { with: vec![], body: rows, order: vec![], limit: None, offset: None, columns };
    let from = relation(RelationSource::Derived(Box::new(values.clone())), "v", &[("n", Type::Integer), ("t", Type::TEXT)]);
    let query = block(select(items(&["v.n", "v.t"]), vec![from]));
    assert_eq!(
        s.query(&query, Dialect::Postgres).unwrap(),
        "select\n    n,\n    t\nfrom (\n    values\n        (1, 'a'),\n        (2, 'b')\n) as v(n, t)"
    );
    assert_eq!(
        s.query(&query, Dialect::Sqlite).unwrap(),
        "select\n    n,\n    t\nfrom (\n    select 1 as n, 'a' as t\n    union all select 2, 'b'\n) as v"
    );
    let union =
        SetExpr::Set { operator: SetOperator::Union, all: true, left: Box::new(query.body.clone()), right: Box::new(query.body.clone()) };
    let whole = Query {
        with: vec![Cte { name: name("v"), query: values.into(), recursive: false, at: Default::default() }],
        body: union,
        order: vec![asc(col("x.n"))],
        limit: None,
        offset: None,
        columns: query.columns.clone(),
    };
    let text = s.query(&whole, Dialect::Postgres).unwrap();
    assert!(text.starts_with("with v(n, t) as (\n    values\n"), "{text}");
    assert!(text.contains(")as v") || text.contains("\n\nunion all\n\nselect\n"), "{text}");
    assert!(text.ends_with("order by n"), "{text}");
}

#[test]
fn aggregates_with_everything() {
    let mut s = Sample::default();
    let mut count = s.aggregate("count", vec![]);
    count.filter = Some(s.equal(col("t.kind"), text("a")));
    let count = of(ExprKind::Aggregate(Box::new(count)), Type::BigInt);
    assert_eq!(s.postgres(&count), "count(*) filter (where kind = 'a')");
    assert_eq!(s.expr(&count, Dialect::BigQuery).unwrap(), "countif(kind = 'a')");
    let mut glue = s.aggregate("string_agg", vec![col("t.name"), text(", ")]);
    glue.order = vec![asc(col("t.name"))];
    let glue_expr = of(ExprKind::Aggregate(Box::new(glue.clone())), Type::TEXT);
    assert_eq!(s.postgres(&glue_expr), "string_agg(name, ', ' order by name)");
    assert_eq!(s.sqlite(&glue_expr), "string_agg(name, ', ' order by name nulls last)");
    glue.order = vec![];
    glue.distinct = true;
    let glue = of(ExprKind::Aggregate(Box::new(glue)), Type::TEXT);
    assert_eq!(s.postgres(&glue), "string_agg(distinct name, ', ')");
    assert_eq!(s.sqlite(&glue), "pipec_string_agg_distinct(name, ', ', '')");
    let id = s.function(FunctionKind::Aggregate, "array_agg", &["x"], &[(Dialect::Sqlite, "json_group_array({x})")]);
    let call =
        AggregateCall { function: id, args: vec![col("t.a")], star: false, distinct: false, order: vec![desc(col("t.b"))], filter: None };
    let array = of(ExprKind::Aggregate(Box::new(call)), Type::TEXT);
    assert_eq!(s.sqlite(&array), "json_group_array(a order by b desc nulls first)");
}

#[test]
fn small_things_that_differ() {
    let s = Sample::default();
    let like = of(ExprKind::Like(Box::new(col("t.a")), Box::new(text("a\\_%")), true, true), Type::Boolean);
    assert_eq!(s.postgres(&like), "a not ilike 'a\\_%'");
    assert_eq!(s.sqlite(&like), "lower(a) not like lower('a\\_%') escape '\\'");
    let same = of(ExprKind::IsDistinct(Box::new(col("t.a")), Box::new(col("t.b")), true), Type::Boolean);
    assert_eq!(s.postgres(&same), "a is not distinct from b");
    assert_eq!(s.sqlite(&same), "a is b");
    let greatest = of(ExprKind::Common(CommonFunction::Greatest, vec![col("t.a"), col("t.b")]), Type::TEXT);
    assert_eq!(s.postgres(&greatest), "greatest(a, b)");
    assert_eq!(s.sqlite(&greatest), "pipec_greatest(a, b)");
    let age = of(ExprKind::Literal(Literal::Interval { months: 12, days: 30, micros: 5_400_000_000 }), Type::Interval);
    assert_eq!(s.postgres(&age), "interval '1 year 30 days 90 minutes'");
    assert_eq!(s.sqlite(&age), "'1 year 30 days 01:30:00'");
    let secret = of(ExprKind::Literal(Literal::Secret("PSEUDONYM_KEY".into())), Type::TEXT);
    assert_eq!(s.postgres(&secret), "'PSEUDONYM_KEY'");
    assert_eq!(s.sqlite(&cast(typed_col("t.a", Type::Boolean), Type::TEXT)), "pipec_boolean_text(a)");
    assert_eq!(s.postgres(&cast(col("t.a"), Type::Numeric(Some((10, 2))))), "cast(a as numeric(10, 2))");
}

#[test]
fn a_long_case_has_an_arm_per_line() {
    let mut s = Sample::default();
    let arms: Vec<(Expr, Expr)> = ["a", "b", "c"].iter().map(|k| (s.equal(col("t.kind"), text(k)), text(k))).collect();
    let case = |arms: Vec<(Expr, Expr)>| of(ExprKind::Case { operand: None, arms, otherwise: Some(Box::new(text("z"))) }, Type::TEXT);
    assert_eq!(s.postgres(&case(arms[..1].to_vec())), "case when kind = 'a' then 'a' else 'z' end");
    assert_eq!(
        s.postgres(&case(arms)),
        "case\n    when kind = 'a' then 'a'\n    when kind = 'b' then 'b'\n    when kind = 'c' then 'c'\n    else 'z'\nend"
    );
}
