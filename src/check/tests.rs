//! What a person reads when a value leaks: the way, hop by hop, and what would do.

use crate::base::{Sources, VPath};
use crate::diag::{Code, Diagnostic};
use crate::driver::{Compilation, Options, compile};

const CLINIC: &str = r#"
project demo { warehouse postgres { database = env("DATABASE") } }
use std.hipaa
source clinic on warehouse schema "clinic" {
  table patients { id text key @record_id; name text @name; phone text? @phone; birth_date date? @birth_date; note text }
}
layer marts schema "marts" as table
bucket open  { name "demo-open"; clearance safe_harbor }
bucket study { name "demo-study"; clearance expert('ED-1', expires '2027-12-31') }
model one in marts {
  from clinic.patients as p
  select { p.name; who = trim(p.name); p.phone; number = keep_last(p.phone, 4); p.birth_date; p.note }
}
"#;

fn compiled(text: &str) -> (Sources, Compilation) {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files().iter().filter(|(path, _)| !path.contains("fhir/")) {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), format!("{CLINIC}{text}"));
    let made = compile(&sources, &Options::default());
    (sources, made)
}

/// Help and way of the only diagnostic with a code: hops as `text | what is written there`.
fn told(text: &str, code: Code) -> (Vec<String>, Vec<String>) {
    let (sources, made) = compiled(text);
    let found: Vec<&Diagnostic> = made.diagnostics.iter().filter(|d| d.code == code).collect();
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    let step = |s: &crate::diag::FlowStep| format!("{} | {}", s.text, crate::diag::render::excerpt(s.at, &sources, 80));
    (one.help.clone(), one.trace.iter().map(step).collect())
}

#[test]
fn a_value_is_followed_through_models_and_subqueries() {
    let (help, way) = told(
        "model two in marts { sql \"\"\" with c as (select who as w, birth_date from one) select c.w as x from (select w from c) as c \"\"\" }
         export a to open { two; path \"a.csv\" }",
        Code::Leak,
    );
    assert_eq!(help, ["mask it with `redact`, `is_present`, `redact_always` or `label_tag`, or drop the column"]);
    assert_eq!(
        way,
        [
            "`clinic.patients.name`, tells `name` as `direct` | name",
            "`one.who` | p.name",
            "`two.x` | c.w",
            "bucket `open`, clearance `safe_harbor` | two"
        ]
    );
}

#[test]
fn masks_on_the_way_are_named_and_replaced() {
    let (help, way) =
        told("model two in marts { from one; select { n = one.number } }\nexport a to open { two; path \"a.csv\" }", Code::Leak);
    assert_eq!(
        help,
        [
            "mask `clinic.patients.phone` with `redact`, `is_present`, `redact_always` or `label_tag` instead of `keep_last`, or drop the column"
        ]
    );
    assert_eq!(way[1], "`one.number`, masked by `keep_last`, tells `phone` as `partial` | keep_last(p.phone, 4)");
}

#[test]
fn what_is_computed_is_masked_before() {
    let (help, _) = told(
        "model two in marts { from one; select { both = one.name || one.phone } }\nexport a to open { two; path \"a.csv\" }",
        Code::Leak,
    );
    assert_eq!(
        help,
        [
            "mask `one.name` with `redact`, `is_present`, `redact_always` or `label_tag` before it is computed with, or drop the column",
            "mask `one.phone` with `redact`, `is_present`, `redact_always` or `label_tag` before it is computed with, or drop the column"
        ]
    );
}

#[test]
fn masks_made_for_a_category_come_first() {
    let (help, _) =
        told("model two in marts { from one; select { b = one.birth_date } }\nexport a to open { two; path \"a.csv\" }", Code::Leak);
    assert_eq!(help, ["mask it with `year_of`, `age_years`, `age_band` or `redact`, or drop the column"]);
}

#[test]
fn masks_that_leave_the_most_come_first() {
    let text = "model two in marts { from clinic.patients as p; select { b = p.id } }\nexport a to study { two; path \"a.csv\" }";
    let (help, _) = told(text, Code::Leak);
    assert_eq!(help, ["mask it with `surrogate`, `hmac_token`, `redact` or `is_present`, or drop the column"]);
}

#[test]
fn unclassified_columns_are_named_at_their_source() {
    let (help, way) =
        told("model two in marts { from one; select { n = one.note } }\nexport a to open { two; path \"a.csv\" }", Code::Unclassified);
    assert_eq!(
        help,
        ["say what `clinic.patients.note` tells with `@category`, or `@public` if it tells nothing; `pipec classify` proposes one"]
    );
    assert_eq!(way.len(), 4);
}

#[test]
fn the_condition_that_tells_is_shown_with_its_way() {
    let text = "
model chosen in marts {
  from one
  where one.phone is not null and one.birth_date < '2000-01-01'
  select { n = 1 }
}
model later in marts { from chosen as c; where c.n is not null; select { c.n } }
export a to open { later; path \"a.csv\" }";
    let (help, way) = told(text, Code::ControlLeak);
    assert_eq!(
        help,
        [
            "ask about less: compare what `year_of`, `age_years` or `age_band` of `one.birth_date` leaves",
            "choose rows by values the clearance admits, or `release(…)` the condition with a reason"
        ]
    );
    assert_eq!(
        way,
        [
            "`clinic.patients.birth_date`, tells `birth_date` as `direct` | birth_date",
            "`one.birth_date` | p.birth_date",
            "a condition on it decides which rows `chosen` has | one.birth_date < '2000-01-01'",
            "`later` has rows of `chosen` | later",
            "bucket `open`, clearance `safe_harbor` | later"
        ]
    );
    let (sources, made) = compiled(text);
    let marks = made.diagnostics.iter().flat_map(|d| &d.marks);
    let shown: Vec<String> = marks.map(|m| format!("{} | {}", m.label, crate::diag::render::excerpt(m.at, &sources, 80))).collect();
    assert_eq!(shown[0], "chooses the rows of `chosen` by `birth_date` | one.birth_date < '2000-01-01'");
}

#[test]
fn where_even_presence_is_too_much_only_constants_do() {
    let (help, _) = told(
        "clearance nothing { clinical direct }\nbucket shut { name \"demo-shut\"; clearance nothing }\nmodel two in marts { from one; select { n = one.name } }\nexport a to shut { two; path \"a.csv\" }",
        Code::Leak,
    );
    assert_eq!(help, ["mask it with `redact_always`, `label_tag` or `default_value`, or drop the column"]);
}

const RAW: &str = r#"
type Person { name text @name; nick text?; born text? @birth_date; address Address?; tags text[]? }
type Address { street text? @street_address; zip text? @zip }
type Event { who Person[]; kind text @public }
source raw on warehouse schema "raw" { table events { id integer key @public; doc json<Event>; free json } }
model lifted in marts { from raw.events as e; select { e.id; e.doc; first = e.doc.who[0] } }
"#;

#[test]
fn paths_into_json_are_named_on_the_way() {
    let leak = |select: &str| {
        let (help, way) = told(&format!("{RAW}\nmodel m in marts {{ {select} }}\nexport a to open {{ m; path \"a.csv\" }}"), Code::Leak);
        (help.join("; "), way.iter().map(|w| w.split(" | ").next().unwrap().to_owned()).take(3).collect::<Vec<_>>())
    };
    let (_, way) = leak("from raw.events as e; select { z = e.doc.who[0].address.zip }");
    assert_eq!(way[..2], ["`raw.events.doc.who[0].address.zip`, tells `zip` as `direct`", "`m.z`"]);
    // Through a model that hands on a part, an expression, and rows of elements.
    let (help, way) = leak("from lifted as l; select { both = l.first.address.street || l.first.name }");
    assert_eq!(way, ["`raw.events.doc.who[0].name`, tells `name` as `direct`", "`lifted.first.name`", "`m.both`"]);
    assert!(help.contains("mask `lifted.first.address.street` with"), "{help}");
    let (_, way) = leak("from lifted as l; unnest l.doc.who as w; select { w.born }");
    assert_eq!(way, ["`raw.events.doc.who[*].born`, tells `birth_date` as `direct`", "`lifted.doc.who[*].born`", "`m.born`"]);
    // Of two paths into one column, the one that tells.
    let (_, way) = leak("from raw.events as e; select { t = e.doc.kind || e.doc.who[1].name }");
    assert_eq!(way[0], "`raw.events.doc.who[1].name`, tells `name` as `direct`");
}

#[test]
fn a_condition_on_a_path_names_it() {
    let text = format!(
        "{RAW}\nmodel m in marts {{ from lifted as l; where l.first.address.zip = '12345'; select {{ l.id }} }}\nexport a to open {{ m; path \"a.csv\" }}"
    );
    let (help, way) = told(&text, Code::ControlLeak);
    assert!(way[0].starts_with("`raw.events.doc.who[0].address.zip`, tells `zip`"), "{way:#?}");
    assert!(way[1].starts_with("`lifted.first.address.zip`"), "{way:#?}");
    assert!(help[0].contains("of `lifted.first.address.zip` leaves"), "{help:#?}");
}

#[test]
fn what_nobody_classified_inside_json_is_named_with_the_field_to_classify() {
    let unsaid = |select: &str| {
        let (help, way) =
            told(&format!("{RAW}\nmodel m in marts {{ {select} }}\nexport a to open {{ m; path \"a.csv\" }}"), Code::Unclassified);
        (help.join("; "), way[0].split(" | ").next().unwrap().to_owned())
    };
    let (help, way) = unsaid("from lifted as l; select { n = upper(l.first.nick) }");
    assert_eq!(
        help,
        "say what `raw.events.doc.who[0].nick` tells with `@category` behind `nick` in `type Person`, or `@public` if it tells nothing; `pipec classify` proposes one"
    );
    assert_eq!(way, "`raw.events.doc.who[0].nick`, tells `unclassified` as `direct`");
    let (help, _) = unsaid("from raw.events as e; select { n = e.doc.who[0].tags }");
    assert!(help.contains("`raw.events.doc.who[0].tags`") || help.contains("behind `tags` in `type Person`"), "{help}");
    let (help, way) = unsaid("from raw.events as e; select { n = e.free.\"odd name\".x }");
    assert!(help.starts_with("give `raw.events.free` a type, `json<Name>`"), "{help}");
    assert_eq!(way, "`raw.events.free.\"odd name\".x`, tells `unclassified` as `direct`");
}

#[test]
fn of_a_whole_value_the_path_that_tells_is_named() {
    let text = format!("{RAW}\nmodel m in marts {{ from raw.events as e; select {{ e.doc }} }}\nexport a to open {{ m; path \"a.csv\" }}");
    let (_, way) = told(&text, Code::Leak);
    assert!(way[0].starts_with("`raw.events.doc`, whose `.who[*]."), "{way:#?}");
}
