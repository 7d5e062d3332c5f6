use super::super::{Report, verify};
use crate::base::{Sources, VPath};
use crate::driver::{Options, compile};
use std::collections::BTreeMap;

const PROJECT: &str = r#"
project demo { warehouse postgres { database = env("DATABASE") }; emit sql, tableau }
source clinic on warehouse schema "clinic" {
  table visits { id integer key @public; region text @public; "a]b" text @public }
  table people { login text @public; region text @public }
}
layer marts schema "marts" as table
model report in marts { from clinic.visits as v; select { v.id; v.region; v."a]b" } }
model open in marts { from clinic.visits as v; select { v.id } }
model who in marts { from clinic.people as p; select { p.login; p.region } }
entitlement rights from who by login
role boss  { tableau group "Boss + 'Co' [a] <b>" }
role north { tableau group "North" }
role own   { tableau group "Own" }
policy northern on report for north where region = 'north'
policy mine on report for own where region = entitled.region
grant view on report to boss, north, own
grant view on open to north
grant extract on open to boss
datasource shown on report { caption "R & 'R'"; hide "a]b"; folder "F" { region } }
"#;

/// What verification says after an edit of one file.
fn edited(path: &str, from: &str, to: &str) -> Report {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files() {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), PROJECT);
    let made = compile(&sources, &Options { emit: true, ..Options::default() });
    let program = made.program.unwrap_or_else(|| panic!("{:?}", made.diagnostics));
    let mut files: BTreeMap<VPath, Vec<u8>> = made.files.iter().map(|(p, b)| (p.clone(), b.to_vec())).collect();
    if !path.is_empty() {
        let path = VPath::new(&format!("tableau/{path}")).unwrap();
        let text = String::from_utf8(files[&path].clone()).unwrap();
        assert!(text.contains(from), "`{from}` is not in {path}:\n{text}");
        files.insert(path, text.replacen(from, to, 1).into_bytes());
    }
    verify(program.program(), &mut sources, &files, &files)
}

#[test]
fn what_is_emitted_is_what_the_program_shows() {
    let report = edited("", "", "");
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
    assert_eq!(report.targets, ["sql", "tableau"]);
}

#[test]
fn an_edit_that_changes_who_sees_what_is_found() {
    let (tds, manifest) = ("shown.tds", "manifest.json");
    let edits = [
        (tds, "(ISMEMBEROF(&apos;North&apos;) AND [pipec_seen_by_north])", "ISMEMBEROF(&apos;North&apos;)"),
        (tds, "THEN ISMEMBEROF", "THEN TRUE OR ISMEMBEROF"),
        (tds, "ISMEMBEROF(&apos;North&apos;)", "ISMEMBEROF(&apos;South&apos;)"),
        (tds, "AND [pipec_seen_by_own]", "AND [pipec_seen_by_north]"),
        (tds, "[pipec_login] = LOWER(USERNAME()) AND ", ""),
        (tds, "= LOWER(USERNAME())", "= [pipec_login]"),
        (tds, "AND NOT (", "AND ("),
        (tds, "ISNULL([pipec_login])", "ISNULL([region])"),
        (tds, "member='true'", "member='false'"),
        (tds, "inclusive", "exclusive"),
        (tds, "<filter ", "<filter class='x' /><filter "),
        (tds, "function='member'", "function='level-members'"),
        (tds, "column='[none:pipec_rows:nk]'", "column='[region]'"),
        (tds, "table='[demo_tableau].[tableau_shown]'", "table='[marts].[report]'"),
        (tds, "type='table' />", "type='text'>select 1</relation>"),
        (tds, "username='demo_tableau'", "username='postgres'"),
        (tds, "sslmode='require'", "sslmode='disable'"),
        (tds, "sslmode='require'", "one-time-sql='set role demo_owner' sslmode='require'"),
        (tds, "<map key='[region]' value='[shown].[region]' />", "<map key='[region]' value='[shown].[id]' />"),
        (tds, "key='[pipec_login]' value='[shown].[pipec_login]'", "key='[pipec_login]' value='[shown].[region]'"),
        (tds, "<folders-common>", "<extract enabled='true' /><folders-common>"),
        (tds, "<layout", "<![CDATA[x]]><layout"),
        (tds, "<column caption='Region'", "<column name='[more]' /><column caption='Region'"),
        (manifest, "\"Connect\"", "\"ExportXml\""),
        (manifest, "\"Read\"", "\"Write\""),
        (manifest, "\"Own\": [", "\"All Users\": ["),
        (manifest, "\"extract\": false", "\"extract\": true"),
        (manifest, "\"user\": \"demo_tableau\"", "\"user\": \"postgres\""),
        (manifest, "\"data_sources\"", "\"sources\""),
        (manifest, "\"name\": \"Open\"", "\"name\": \"Other\""),
        ("open.tds", "ISMEMBEROF(&apos;North&apos;)", "ISMEMBEROF(&apos;Own&apos;)"),
        ("open.tds", "ISMEMBEROF(&apos;North&apos;)", "NOT ISMEMBEROF(&apos;North&apos;)"),
        ("open.tds", "<map key='[id]' value='[shown].[id]' />", ""),
    ];
    let missed: Vec<_> = edits.iter().filter(|(path, from, to)| edited(path, from, to).differences.is_empty()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn an_edit_that_changes_only_looks_is_none() {
    for (from, to) in [("caption='Region'", "caption='Where'"), ("name='F'", "name='Folder'"), ("hidden='true' ", "")] {
        let report = edited("shown.tds", from, to);
        assert!(report.differences.is_empty(), "{from}: {:#?}", report.differences);
    }
}
