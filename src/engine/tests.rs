//! Hand-built programs, run.

use super::*;
use crate::base::VPath;
use crate::ir::*;
use crate::sql::samples::*;

fn options() -> RunOptions {
    RunOptions { run_date: "2026-01-31".into(), throwaway_key: "throw-away".into(), preview: 2 }
}

fn data(files: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::new();
    for (table, lines) in files {
        sources.add_data(VPath::new(&format!("data/{table}.ndjson")).unwrap(), lines.as_bytes().to_vec());
    }
    sources
}

const PATIENTS: &str = r#"
{"id":"p2","active":true,"weight":70.50,"born":"1980-02-29","seen":"2025-06-27T18:00:00.5+05:30","resource":{"b":1.10,"a":{"x":[1,"two",null,true]}}}
{"id":"p1","active":false,"born":null,"seen":"2025-06-27 18:00:00+00","resource":{"name":[{"use":"official","family":"O'Hara"},{"use":"maiden","family":"Bär"}],"deceased":true}}
"#;

fn patients(s: &mut Sample) -> TableId {
    let columns = [
        ("id", Type::TEXT),
        ("active", Type::Boolean),
        ("weight", Type::Numeric(None)),
        ("born", Type::Date),
        ("seen", Type::Timestamptz),
        ("resource", Type::JSON),
    ];
    let id = s.source("patient", &columns);
    s.program.tables[id.0 as usize].key = vec![0];
    id
}

fn ran<'p>(program: &'p Program, files: &[(&str, &str)]) -> (Engine<'p>, RunReport) {
    run(program, &data(files), &options(), &mut |_| ()).unwrap()
}

/// Rows as one text each, NULL as `∅`.
fn lines(engine: &Engine<'_>, table: TableId) -> Vec<String> {
    engine.rows(table).unwrap().iter().map(|row| row.iter().map(|v| v.as_deref().unwrap_or("∅")).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn samples_come_back_as_canonical_texts() {
    let mut s = Sample::default();
    let id = patients(&mut s);
    let (engine, report) = ran(&s.program, &[("patient", PATIENTS)]);
    assert_eq!(report.tables[0].rows, 2);
    assert_eq!(
        lines(&engine, id),
        [
            r#"p1|false|∅|∅|2025-06-27T18:00:00Z|{"deceased":true,"name":[{"family":"O'Hara","use":"official"},{"family":"Bär","use":"maiden"}]}"#,
            r#"p2|true|70.5|1980-02-29|2025-06-27T12:30:00.500000Z|{"a":{"x":[1,"two",null,true]},"b":1.1}"#,
        ]
    );
}

#[test]
fn a_malformed_line_is_named_but_never_quoted() {
    let mut s = Sample::default();
    patients(&mut s);
    for (line, said) in [("{\"id\":\"secret\"", "it is no JSON object"), (r#"{"id":"p3","born":"1980-02-30"}"#, "its `born` is no date")] {
        let sources = data(&[("patient", &format!("{{\"id\":\"p1\"}}\n{line}\n"))]);
        let failed = run(&s.program, &sources, &options(), &mut |_| ()).err().unwrap();
        assert_eq!(failed.code.id(), "P0902");
        assert!(failed.message.contains("line 2 of `data/patient.ndjson`") && failed.message.contains(said), "{}", failed.message);
        assert!(!failed.message.contains("secret") && !failed.message.contains("02-30"), "{}", failed.message);
    }
    let missing = run(&s.program, &Sources::new(), &options(), &mut |_| ()).err().unwrap();
    assert_eq!(missing.code.id(), "P0901");
}

#[test]
fn what_a_function_refuses_is_never_quoted() {
    let s = Sample::default();
    let engine = Engine::open(&s.program, &options()).unwrap();
    for call in [
        "pipec_date_trunc(cell, '2020-01-01 00:00:00')",
        "pipec_extract(cell, '2020-01-01 00:00:00')",
        "pipec_extract_interval(cell, '1 day')",
        "pipec_to_zone('2020-01-01 00:00:00', cell)",
        "pipec_regexp_like('a', cell)",
        "json_extract('{}', cell)",
        "'{}' -> ('$[' || cell)",
    ] {
        let failed = engine.number(&format!("select {call} from (select 'Miller(' as cell)"), "a test", Span::default());
        let message = failed.err().unwrap().message.clone();
        assert!(!message.contains("Miller"), "{call}: {message}");
    }
}

#[test]
fn models_read_json_as_postgres_does() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let resource = || typed_col("p.resource", Type::JSON);
    let official = JsonStep::Pick {
        conditions: vec![crate::ir::JsonCondition { field: "use".into(), equals: "official".into(), negated: false }],
        index: 0,
    };
    let query = block(select(
        vec![
            item(col("p.id"), "id"),
            item(json(resource(), vec![field("name"), official, field("family")], Some(Type::TEXT)), "family"),
            item(json(resource(), vec![field("name"), JsonStep::Index(-1), field("family")], Some(Type::TEXT)), "last"),
            item(json(resource(), vec![field("deceased")], Some(Type::TEXT)), "deceased"),
            item(json(resource(), vec![field("deceased")], Some(Type::Boolean)), "dead"),
            item(json(resource(), vec![field("b")], Some(Type::TEXT)), "b_text"),
            item(json(resource(), vec![field("a")], Some(Type::TEXT)), "a_text"),
            item(json(resource(), vec![field("a"), field("x"), JsonStep::Index(2)], Some(Type::TEXT)), "nothing"),
        ],
        vec![s.scan(table, "p")],
    ));
    let model = s.model("names", query);
    let (engine, _) = ran(&s.program, &[("patient", PATIENTS)]);
    assert_eq!(lines(&engine, model), ["p1|O'Hara|Bär|true|true|∅|∅|∅", r#"p2|∅|∅|∅|∅|1.10|{"x": [1, "two", null, true]}|∅"#]);
}

#[test]
fn elements_keep_their_json_and_their_place() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let array = json(typed_col("p.resource", Type::JSON), vec![field("a"), field("x")], None);
    let elements =
        relation(RelationSource::Unnest { expr: Box::new(array), ordinality: true }, "e", &[("value", Type::JSON), ("n", Type::BigInt)]);
    let from = join(JoinKind::Left, s.scan(table, "p"), elements, Some(truth(true)));
    let query = block(select(
        vec![item(col("p.id"), "id"), item(typed_col("e.n", Type::BigInt), "n"), item(typed_col("e.value", Type::JSON), "value")],
        vec![from],
    ));
    let model = s.model("elements", query);
    let (engine, _) = ran(&s.program, &[("patient", PATIENTS)]);
    assert_eq!(lines(&engine, model), ["p1|∅|∅", "p2|1|1", "p2|2|\"two\"", "p2|3|null", "p2|4|true"]);
}

#[test]
fn lateral_queries_see_their_neighbours() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let array = json(typed_col("p.resource", Type::JSON), vec![field("name")], None);
    let elements = relation(RelationSource::Unnest { expr: Box::new(array), ordinality: false }, "n", &[("value", Type::JSON)]);
    let family = json(typed_col("n.value", Type::JSON), vec![field("family")], Some(Type::TEXT));
    let mut inner = block(select(vec![item(family, "family"), item(typed_col("n.value", Type::JSON), "whole")], vec![elements]));
    inner.order = vec![asc(json(typed_col("n.value", Type::JSON), vec![field("family")], Some(Type::TEXT)))];
    inner.limit = Some(int(1));
    let mut lateral = relation(RelationSource::Derived(Box::new(inner)), "l", &[("family", Type::TEXT), ("whole", Type::JSON)]);
    if let FromItem::Relation(r) = &mut lateral {
        r.lateral = true;
    }
    let from = join(JoinKind::Left, s.scan(table, "p"), lateral, Some(truth(true)));
    let model = s.model(
        "first",
        block(select(
            vec![item(col("p.id"), "id"), item(col("l.family"), "family"), item(typed_col("l.whole", Type::JSON), "whole")],
            vec![from],
        )),
    );
    let (engine, _) = ran(&s.program, &[("patient", PATIENTS)]);
    assert_eq!(lines(&engine, model), [r#"p1|Bär|{"family":"Bär","use":"maiden"}"#, "p2|∅|∅"]);
}

#[test]
fn nulls_sort_and_compare_as_in_postgres() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let mut newest = select(vec![item(col("p.active"), "active"), item(col("p.born"), "born")], vec![s.scan(table, "p")]);
    newest.distinct = Distinct::On(vec![truth(true)]);
    let mut query = block(newest);
    query.order = vec![asc(truth(true)), desc(col("p.born"))];
    let model = s.model("newest", query);
    let greatest = of(
        ExprKind::Common(CommonFunction::Greatest, vec![typed_col("p.born", Type::Date), cast(text("1970-01-01"), Type::Date)]),
        Type::Date,
    );
    let later = s.model("later", block(select(vec![item(greatest, "day")], vec![s.scan(table, "p")])));
    let (engine, _) = ran(&s.program, &[("patient", PATIENTS)]);
    assert_eq!(lines(&engine, model), ["0|∅"], "NULLs come first when descending");
    assert_eq!(lines(&engine, later), ["1970-01-01", "1980-02-29"]);
}

#[test]
fn assertions_count_what_breaks_them() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let visits = s.source("visit", &[("patient_id", Type::TEXT), ("kind", Type::TEXT), ("day", Type::Date)]);
    let broken = |name: &str, kind: AssertionKind| Assertion { name: name.into(), kind, warn: false, at: Span::default() };
    let known = |t: &str| Literal::Text(t.into());
    s.program.tables[visits.0 as usize].assertions = vec![
        broken("not_null", AssertionKind::NotNull(0)),
        broken("unique", AssertionKind::Unique(vec![0, 1])),
        broken("one_of", AssertionKind::OneOf(1, vec![known("a"), known("b")])),
        broken("references", AssertionKind::References(0, table, 0)),
        broken("matches", AssertionKind::Matches(1, "^[[:alpha:]]$".into())),
        broken("between", AssertionKind::Between(2, known("2025-01-01"), known("2025-12-31"))),
        broken("k_anonymous", AssertionKind::KAnonymous(2, vec![1])),
    ];
    let rows = r#"{"patient_id":"p1","kind":"a","day":"2025-01-01"}
{"patient_id":"p1","kind":"a","day":"2024-12-31"}
{"patient_id":"p9","kind":"c1","day":null}
{"kind":"b"}"#;
    let (_, report) = ran(&s.program, &[("patient", PATIENTS), ("visit", rows)]);
    let counts: Vec<(&str, u64)> = report.assertions.iter().map(|a| (&*a.name, a.failures)).collect();
    assert_eq!(
        counts,
        [("not_null", 1), ("unique", 1), ("one_of", 1), ("references", 1), ("matches", 1), ("between", 1), ("k_anonymous", 2)]
    );
}

#[test]
fn seeds_are_typed() {
    let mut s = Sample::default();
    let row = |a: &str, b: Option<&str>| vec![Some(Arc::from(a)), b.map(Arc::from)];
    let rows = Arc::new(vec![row("1", Some("2025-01-01")), row("2", None)]);
    let kind = TableKind::Seed(SeedTable { path: VPath::new("seeds/days.csv").unwrap(), schema: name("seeds"), rows });
    let id = s.table("days", kind, &[("n", Type::Integer), ("day", Type::Date)]);
    let (engine, _) = ran(&s.program, &[]);
    assert_eq!(lines(&engine, id), ["1|2025-01-01", "2|∅"]);
}

#[test]
fn a_late_delivery_replaces_rows_of_the_same_key() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let columns = vec![
        item(col("p.id"), "id"),
        item(typed_col("p.seen", Type::Timestamptz), "seen"),
        item(typed_col("p.weight", Type::Numeric(None)), "weight"),
    ];
    let model = s.model("stg_patient", block(select(columns, vec![s.scan(table, "p")])));
    if let TableKind::Model(m) = &mut s.program.tables[model.0 as usize].kind {
        m.materialization = Materialization::Incremental {
            key: vec![Ident::from("id")],
            cursor: Some(Ident::from("seen")),
            id: None,
            batch: None,
            history: false,
            because: None,
        };
    }
    let (engine, _) = ran(&s.program, &[("patient", PATIENTS)]);
    let late = r#"{"id":"p1","seen":"2025-07-01T00:00:00Z","weight":80}
{"id":"p3","seen":"2025-07-01T00:00:00Z"}
{"id":"p0","seen":"2020-01-01T00:00:00Z"}"#;
    engine.deliver(&data(&[("patient", late)]), &mut |_| ()).unwrap();
    assert_eq!(
        lines(&engine, model),
        ["p1|2025-07-01T00:00:00Z|80", "p2|2025-06-27T12:30:00.500000Z|70.5", "p3|2025-07-01T00:00:00Z|∅"],
        "what is older than the newest row is not read"
    );
    assert_eq!(engine.rows(table).unwrap().len(), 4);
}

#[test]
fn a_late_delivery_leaves_rows_of_batches_as_they_are() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let columns = vec![
        item(col("p.id"), "id"),
        item(typed_col("p.seen", Type::Timestamptz), "seen"),
        item(typed_col("p.weight", Type::Numeric(None)), "weight"),
    ];
    let model = s.model("taken", block(select(columns, vec![s.scan(table, "p")])));
    if let TableKind::Model(m) = &mut s.program.tables[model.0 as usize].kind {
        m.materialization = Materialization::Incremental {
            key: vec![Ident::from("id")],
            cursor: Some(Ident::from("seen")),
            id: None,
            batch: Some(1),
            history: false,
            because: None,
        };
    }
    let (engine, _) = ran(&s.program, &[("patient", PATIENTS)]);
    let before = lines(&engine, model);
    let late = r#"{"id":"p1","seen":"2025-07-01T00:00:00Z","weight":80}
{"id":"p3","seen":"2025-07-01T00:00:00Z"}"#;
    engine.deliver(&data(&[("patient", late)]), &mut |_| ()).unwrap();
    let mut expected = before;
    expected.push("p3|2025-07-01T00:00:00Z|∅".to_owned());
    assert_eq!(lines(&engine, model), expected, "who is there is not taken again");
}

#[test]
fn a_late_delivery_keeps_the_numbers_of_keys() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let columns = vec![item(col("p.id"), "id"), item(typed_col("p.weight", Type::Numeric(None)), "number")];
    let model = s.model("numbered", block(select(columns, vec![s.scan(table, "p")])));
    if let TableKind::Model(m) = &mut s.program.tables[model.0 as usize].kind {
        m.materialization = Materialization::Incremental {
            key: vec![Ident::from("id")],
            cursor: None,
            id: Some(Ident::from("number")),
            batch: None,
            history: false,
            because: None,
        };
    }
    let early = r#"{"id":"p1","seen":"2025-06-01T00:00:00Z","weight":1}
{"id":"p2","seen":"2025-06-01T00:00:00Z","weight":2}"#;
    let (engine, _) = ran(&s.program, &[("patient", early)]);
    let late = r#"{"id":"p1","seen":"2025-07-01T00:00:00Z","weight":3}
{"id":"p3","seen":"2025-07-01T00:00:00Z","weight":2}"#;
    engine.deliver(&data(&[("patient", late)]), &mut |_| ()).unwrap();
    assert_eq!(lines(&engine, model), ["p1|1", "p2|2", "p3|4"], "who is there keeps its number, who is new follows the greatest");
}

#[test]
fn the_preview_is_in_order() {
    let mut s = Sample::default();
    let table = patients(&mut s);
    let model = s.model("ids", block(select(items(&["p.id"]), vec![s.scan(table, "p")])));
    let (_, report) = ran(&s.program, &[("patient", PATIENTS)]);
    let preview = &report.tables.iter().find(|t| t.table == model).unwrap().preview;
    assert_eq!(*preview, [vec![Some("p1".to_string())], vec![Some("p2".to_string())]]);
}
