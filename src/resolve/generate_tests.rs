use super::testing::{Project, slot_names};
use super::*;
use crate::base::Span;
use crate::diag::Diagnostics;

const ROWS: &str = "table,title,column,n\nb,Beta,x,2\na,Alpha,y,10\nb,Beta,z,3\n";

/// The value of a `${…}` over `q`, a row of the data, as text; or the message.
fn eval(hole: &str) -> String {
    let mut sources = Sources::new();
    let add = |s: &mut Sources, path: &str, text: &[u8]| s.add_data(VPath::new(path).unwrap(), text);
    add(&mut sources, "seeds/rows.csv", format!("\u{feff}{ROWS}").as_bytes());
    add(&mut sources, "seeds/ragged.csv", b"a,b\n1,2\n3\n");
    add(&mut sources, "seeds/latin.csv", b"a\nok\n\xe9\n");
    add(&mut sources, "seeds/empty.csv", b"");
    add(&mut sources, "seeds/twice.csv", b"a,a\n1,2\n");
    add(&mut sources, "x.json", br#"{"z": 1, "a": {"deep": [1, "two", null]}, "t": true}"#);
    add(&mut sources, "x.yaml", b"z: 1\na:\n  deep: [1, two]\nname: Ana\n");
    add(&mut sources, "bad.json", b"{");
    let file = sources.add(VPath::new("a.pipe").unwrap(), hole);
    let generator = Generator::new(&sources);
    let mut diagnostics = Diagnostics::new();
    let at = Span::new(file, 0, hole.len());
    let expr = crate::syntax::parse_hole(hole, at).unwrap();
    let record = |fields: &[(&str, &str)]| {
        Value::Record(Arc::new(fields.iter().map(|(n, v)| (Arc::from(*n), Value::Text(Arc::from(*v)))).collect()))
    };
    let env = Env::EMPTY.with("outer", Value::Null).with("q", record(&[("table", "QR Mood (v2)"), ("n", "12")]));
    match generator.eval(&expr, &env, &mut diagnostics) {
        Some(value) => value.as_text().map_or_else(|| format!("{value:?}"), |t| t.to_string()),
        None => diagnostics
            .iter()
            .map(|d| format!("{} {}{}", d.code.id(), d.message, d.help.iter().map(|h| format!(" | {h}")).collect::<String>()))
            .collect(),
    }
}

#[test]
fn expressions_over_data() {
    for (hole, expected) in [
        ("q.table", "QR Mood (v2)"),
        ("slug(q.table)", "qr_mood_v2"),
        ("lower(q.table)", "qr mood (v2)"),
        ("upper('x')", "X"),
        ("replace(q.table, 'QR ', '')", "Mood (v2)"),
        ("contains(q.table, 'Mood')", "true"),
        ("starts_with(q.table, 'QR') and ends_with(q.table, 'x')", "false"),
        ("length('né')", "2"),
        ("length(csv('seeds/rows.csv') @public)", "3"),
        ("q.n == 12", "true"),
        ("q.n < 9", "false"),
        ("q.n != '12' or not true", "false"),
        ("'a' + q.n + '_' + 1", "a12_1"),
        ("1 + 2", "3"),
    ] {
        assert_eq!(eval(hole), expected, "{hole}");
    }
}

#[test]
fn mistakes_say_what_there_is() {
    for (hole, expected) in [
        ("p.table", "P0120 no loop variable `p` is in force here | did you mean `q`?"),
        ("q.tabel", "P0120 `q` has no field `tabel` | did you mean `table`? | its fields are `table`, `n`"),
        ("q.table.x", "P0120 `q.table` is a text, so it has no field `x`"),
        ("lowr(q.n)", "P0120 no function `lowr` is known while generating | did you mean `lower`?"),
        ("lower(q.n, q.n)", "P0120 `lower` takes 1 argument, here are 2"),
        ("lower(q)", "P0120 `lower` takes a text, this is a record"),
        ("slug('--')", "P0120 no identifier can be made of `--`"),
        ("q.n and true", "P0120 a condition is needed here, this is a text"),
        ("'a' < 1", "P0120 a text and a number have no order"),
        ("q in 'x'", "P0120 `in` looks into a list, this is a text"),
        ("csv('seeds/row.csv') @public", "P0901 there is no data file `seeds/row.csv` | did you mean `seeds/rows.csv`?"),
        ("csv('seeds/ragged.csv') @public", "P0902 `seeds/ragged.csv` cannot be read: row 2 has 1 cells, the header 2"),
        ("csv('seeds/latin.csv') @public", "P0902 `seeds/latin.csv` cannot be read: row 2 is not UTF-8"),
        ("csv('seeds/empty.csv') @public", "P0902 `seeds/empty.csv` cannot be read: it has no header row"),
        ("csv('seeds/twice.csv') @public", "P0902 `seeds/twice.csv` cannot be read: the header names `a` twice"),
        ("csv('../x.csv') @public", "P0901 there is no data file `../x.csv` | paths start at the project folder"),
        ("json('bad.json') @public", "P0902 `bad.json` cannot be read: EOF while parsing an object at line 1 column 1"),
    ] {
        assert_eq!(eval(hole), expected, "{hole}");
    }
}

#[test]
fn json_and_yaml_keep_their_order() {
    assert_eq!(
        eval("json('x.json') @public"),
        r#"Record([("z", Number("1")), ("a", Record([("deep", List([Number("1"), Text("two"), Null]))])), ("t", Bool(true))])"#
    );
    assert_eq!(
        eval("yaml('x.yaml') @public"),
        r#"Record([("z", Number("1")), ("a", Record([("deep", List([Number("1"), Text("two")]))])), ("name", Text("Ana"))])"#
    );
}

#[test]
fn loops_unroll_into_declarations() {
    let data = [("rows.csv", ROWS)];
    let names = |text: &str| Project::with_data(text, &data).fine(slot_names);
    assert_eq!(
        names("for q in csv(\"rows.csv\") @public where q.n != 10 { model ${q.table}_${q.column} in marts { from x } }"),
        ["b_x", "b_z"]
    );
    assert_eq!(
        names("for q in csv(\"rows.csv\") @public group by table { model M_${q.table}_${q.title} in marts { from x } }"),
        ["m_a_Alpha", "m_b_Beta"],
        "what holes give keeps its case"
    );
    assert_eq!(
        names(
            "for q in csv(\"rows.csv\") @public group by table, title {\n for r in q.rows { model ${q.table}_${r.column} in marts { from x } }\n}"
        ),
        ["a_y", "b_x", "b_z"]
    );
    let errors = |text: &str| Project::with_data(text, &data).errors();
    assert_eq!(
        errors("for q in csv(\"rows.csv\") @public group by tabel { model ${q.tabel} in marts { from x } }"),
        ["P0120 the rows have no field `tabel` to group by | did you mean `table`?"]
    );
    assert_eq!(
        errors("for q in csv(\"rows.csv\") @public { model same in marts { from x } }").len(),
        1,
        "two names that clash are one error per place"
    );
}

#[test]
fn names_made_by_holes_are_checked() {
    let long = "x".repeat(64);
    let data = format!("name\n\"a b\"\n{long}\n\"\"\n\"a\nb\"\n");
    let project = Project::with_data("for q in csv(\"n.csv\") @public { model ${q.name} in marts { from x } }", &[("n.csv", &data)]);
    project.look(|r, lines| {
        assert_eq!(slot_names(r), ["a b"]);
        assert_eq!(
            lines,
            [
                "P0120 a name cannot be empty".to_owned(),
                "P0120 the name \"a\\nb\" holds a control character".to_owned(),
                format!("P0217 the name `{long}` is 64 bytes long | Postgres cuts names after 63 bytes: choose a shorter one")
            ]
        );
    });
}
