//! Ways from a column to a sink.

use super::{Answer, Graph, Paint, destination, flow_json, flow_text, ways};
use crate::base::{Sources, VPath};
use crate::driver::{Options, compile};

const PROJECT: &str = r#"
project demo { warehouse postgres { database = env("DATABASE") } }
use std.hipaa
source clinic on warehouse schema "clinic" {
  table patients { id text key @record_id; name text @name; phone text? @phone; zip text? @zip; region text @public }
}
layer marts schema "marts" as table
model one in marts { from clinic.patients as p; where p.phone is not null; select { p.id; p.name; p.phone; area = zip3(p.zip); p.region } }
model two in marts { from one; select { number = keep_last(one.phone); a = one.area; both = one.name || one.phone } }
model told in marts { from one; select { there = release(one.name is not null, name general, because "agreed") } }
bucket open { name "demo-open"; clearance safe_harbor }
role two_reader { clearance internal; postgres "two_reader" }
export first to open { two; path "a.csv" }
export second to open { told; path "b.csv" }
grant read on two to two_reader
"#;

fn asked(from: &str, to: &str, most: usize) -> Result<(String, String), String> {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files().iter().filter(|(path, _)| !path.contains("fhir/")) {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), PROJECT);
    let made = compile(&sources, &Options::default());
    let program = made.refused.expect("a flow is refused");
    let graph = Graph::new(&program);
    let start = graph.named(from).map_err(|u| u.message)?;
    let to = destination(&graph, to).map_err(|u| u.message)?;
    let found = ways(&graph, start[0], &to, most);
    let answer = Answer { graph: &graph, sources: &sources, from: start[0], to: &to, ways: &found };
    Ok((flow_text(&answer, Paint::Plain), flow_json(&answer)))
}

#[test]
fn each_hop_says_what_it_tells_and_what_lowered_it() {
    let (text, json) = asked("clinic.patients.phone", "open", 5).unwrap();
    for line in [
        "clinic.patients.phone to bucket `open` with clearance `safe_harbor`",
        "as value",
        "    ↓ masked by `keep_last`, which leaves `partial`  (main.pipe:9:",
        "two.number             {phone: partial}  (main.pipe:9:",
        "    → bucket `open`: refused: `phone` as `partial`",
        "    → bucket `open`: refused: `phone` as `direct`",
        "through conditions",
        "    when p.phone",
        "    rows of two            tells nothing",
        "    → bucket `open`: admitted: nothing of it is told",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let said: serde_json::Value = serde_json::from_str(&json).unwrap();
    let ids =
        |way: &serde_json::Value| way["hops"].as_array().unwrap().iter().map(|h| h["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let value: Vec<Vec<String>> = said["value"].as_array().unwrap().iter().map(ids).collect();
    assert_eq!(value, [["clinic.patients.phone", "one.phone", "two.number"], ["clinic.patients.phone", "one.phone", "two.both"]]);
    assert_eq!(said["value"][0]["hops"][2]["through"][0]["mask"], "keep_last");
    assert_eq!(said["value"][0]["refused"]["phone"], "partial");
    assert_eq!(said["control"][0]["admitted"], true);
    assert_eq!(said["more"], false);
}

#[test]
fn releases_are_named_with_their_reason() {
    let (text, _) = asked("clinic.patients.name", "export second", 5).unwrap();
    assert!(text.contains("↓ released because \"agreed\""), "{text}");
    assert!(text.contains("→ export `second`: admitted"), "{text}");
}

#[test]
fn that_nothing_flows_is_said() {
    let (text, json) = asked("clinic.patients.region", "role two_reader", 5).unwrap();
    assert_eq!(
        text,
        "nothing flows from `clinic.patients.region` to role `two_reader` with clearance `internal`: neither a value nor a condition\n"
    );
    assert!(json.contains("\"value\":[],\"control\":[]"), "{json}");
}

#[test]
fn a_limit_is_noted_and_the_shortest_are_shown() {
    let (text, _) = asked("clinic.patients.phone", "open", 1).unwrap();
    assert!(text.contains("way 1") && !text.contains("way 2"), "{text}");
    assert!(text.contains("there are more ways"), "{text}");
}

#[test]
fn a_table_is_a_destination_and_names_are_told_apart() {
    let (text, _) = asked("clinic.patients.zip", "two.a", 5).unwrap();
    assert!(text.starts_with("clinic.patients.zip to `two.a`\n"), "{text}");
    assert!(text.contains("no condition on it matters there"), "{text}");
    assert_eq!(
        asked("clinic.patients.zip", "bucket opn", 5).unwrap_err(),
        "no bucket, role, export, API, service account, table or column is called `bucket opn`"
    );
    assert_eq!(asked("clinic.patients.zap", "open", 5).unwrap_err(), "`clinic.patients` has no column `zap`");
}
