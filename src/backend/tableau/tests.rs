use crate::base::{Sources, VPath};
use crate::driver::{Options, compile};
use std::collections::BTreeMap;

const PROJECT: &str = r#"
project demo { warehouse postgres { host "db"; database = env("DATABASE"); password = secret("PW") }; emit sql, tableau }
source clinic on warehouse schema "clinic" {
  table visits { id integer key @public; region text @public; "a]b" text @public; "A]B" text @public; tags text[] @public }
  table people { login text? @public; region text @public }
}
layer marts schema "marts" as table
/// What "we" <show>.
model report in marts { from clinic.visits as v; select { v.id; v.region; v."a]b"; v."A]B"; v.tags } }
model who in marts { from clinic.people as p; select { p.login; p.region } }
entitlement rights from who by login
role boss  { tableau group "it's + <b> 100%" }
role north { tableau group "Ärzte\\Nord" }
role own   { tableau group "Own" }
policy northern on report for north where region = 'north'
policy mine on report for own where region = entitled.region
grant view on report to boss, north, own
datasource shown on report { caption "R & 'R'"; hide "a]b" }
"#;

fn files() -> BTreeMap<String, String> {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files() {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), PROJECT);
    let made = compile(&sources, &Options { emit: true, ..Options::default() });
    assert!(made.program.is_some(), "{:#?}", made.diagnostics);
    made.files.iter().map(|(p, b)| (p.to_string(), String::from_utf8(b.to_vec()).unwrap())).collect()
}

#[test]
fn who_asks_decides_and_each_user_sees_a_row_once() {
    let formula = "IF ISNULL([pipec_login]) THEN ISMEMBEROF(&apos;it%27s %2B %3Cb%3E 100%25&apos;) OR \
                   (ISMEMBEROF(&apos;Ärzte%5CNord&apos;) AND [pipec_seen_by_north]) ELSE [pipec_login] = LOWER(USERNAME()) AND NOT \
                   (ISMEMBEROF(&apos;it%27s %2B %3Cb%3E 100%25&apos;) OR (ISMEMBEROF(&apos;Ärzte%5CNord&apos;) AND [pipec_seen_by_north])) \
                   AND ((ISMEMBEROF(&apos;Own&apos;) AND [pipec_seen_by_own])) END";
    let files = files();
    assert!(files["tableau/shown.tds"].contains(&format!("formula='{formula}'")), "{}", files["tableau/shown.tds"]);
}

#[test]
fn names_stay_in_their_quotes_and_fields_are_told_apart() {
    let files = files();
    let tds = &files["tableau/shown.tds"];
    for part in [
        "<datasource caption='R &amp; &apos;R&apos;'",
        "<map key='[a]]b]' value='[shown].[a]]b]' />",
        "<map key='[A]]B (2)]' value='[shown].[A]]B]' />",
        "table='[demo_tableau].[tableau_shown]'",
        "hidden='true' name='[a]]b]'",
    ] {
        assert!(tds.contains(part), "{part}\n{tds}");
    }
}

#[test]
fn no_artifact_has_a_password_or_what_tableau_cannot_read() {
    let files = files();
    assert!(files.values().all(|text| !text.contains("PW")));
    let view = files.iter().find(|(path, _)| path.ends_with("tableau_shown.sql") && path.contains("postgres")).unwrap().1;
    assert!(view.contains("cast(tags as text)") && view.contains("to demo_tableau;"), "{view}");
}
