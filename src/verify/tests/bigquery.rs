//! Plain SQL on BigQuery, after edits.

use super::super::report::Side;
use super::{Report, beside_built};

const PROJECT: &str = r#"
project shop {
  warehouse bigquery { project = "shop"; location = "EU" }
  emit sql
}
use std.hipaa
source raw on warehouse schema "raw" {
  table sales { id text key @record_id; region text @public; buyer text @name; age integer? @public }
  table staff { login text @public; regions text[] @public; region text @public }
}
layer marts schema "marts" as table
layer views schema "views" as view
role officer { clearance internal; google group "officers@example.org" }
role north   { clearance internal; google group "north@example.org" }
role analyst { clearance safe_harbor; google group "analysts@example.org" }
entitlement duties from raw.staff by login
masking hide { name -> redact; record_id -> drop }
model sale in marts {
  from raw.sales as s
  select { s.id; s.region; s.buyer; s.age }
}
model late in marts as incremental(key: id) {
  from sale as s
  select { s.id; s.region; s.age }
}
model person in marts {
  from raw.sales as s
  select { s.id; s.buyer }
}
model seen in views {
  from raw.sales as s
  select { s.id; s.region }
}
policy northern on sale for north where region in ('north', 'east') and (age > 3 or age is null)
policy northern on late for north where region in ('north', 'east') and (age > 3 or age is null)
policy theirs on seen for north where region in entitled.regions and region <> entitled.region
grant read on sale, late to officer, north
grant read on seen to north
grant read on person to analyst masked by hide
"#;

/// What is found once these texts of a file have become others, beside what is built.
fn replaced(path: &str, edits: &[(&str, &str)]) -> Report {
    beside_built(PROJECT, false, |files| {
        let found = files.iter_mut().find(|(p, _)| p.as_str().ends_with(path)).unwrap_or_else(|| panic!("no file {path}"));
        let mut text = String::from_utf8(found.1.clone()).unwrap();
        for (from, to) in edits {
            let new = text.replacen(from, to, 1);
            assert_ne!(text, new, "the edit of {path} changes nothing: {from}\n{text}");
            text = new;
        }
        *found.1 = text.into_bytes();
    })
}

#[test]
fn what_is_built_is_what_the_program_says() {
    let report = beside_built(PROJECT, false, |_| {});
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
    assert!(report.cells > 10 && report.targets == ["sql"] && report.as_built.is_empty(), "{report:#?}");
}

#[test]
fn looks_only_are_no_difference() {
    let grant = "to 'group:north@example.org', 'group:officers@example.org'";
    for (path, from, to) in [
        ("marts_sale.sql", "create or replace table marts.sale as", "/* of the shop */ CREATE OR REPLACE\n  TABLE marts.sale AS -- rows"),
        ("marts_sale.sql", "drop all row access policies on marts.sale", "DROP ALL ROW ACCESS POLICIES on `marts`.`sale`"),
        ("marts_sale.sql", "drop all row access policies on marts.sale", "drop all row access policies on `marts.sale`"),
        ("marts_sale.sql", "region in ('north', 'east')", "region in (\"east\", 'north')"),
        ("marts_sale.sql", "(age > 3 or age is null)", "(age is null or 3 < age) # both"),
        ("marts_sale.sql", "pipec_reader_1", "of_the_north"),
        ("marts_sale.sql", grant, "to\n  \"group:officers@example.org\",\n  'group:north@example.org'"),
        (
            "marts_sale.sql",
            grant,
            "to 'group:officers@example.org';\ngrant `roles/bigquery.dataViewer` on table marts.sale to 'group:north@example.org'",
        ),
        ("marts_person_masked_by_hide.sql", "'REDACTED'", "\"REDACTED\""),
        ("views_seen.sql", "pipec_seen.region <> region", "pipec_seen.region   <>\n region /* another */"),
        ("checks.sql", "select 'sales' as model", "SELECT 'sales' /* x */ as model"),
        ("schemas.sql", "create schema if not exists marts;", "create schema\nif not exists marts ;"),
    ] {
        let report = replaced(path, &[(from, to)]);
        assert!(report.differences.is_empty(), "{path}: `{from}` → `{to}`: {:#?}", report.differences);
        assert_eq!(report.edited.len(), 1, "{path}: `{from}` → `{to}`");
    }
}

/// File, text, what it becomes, which side has more, and what is said.
type Case<'c> = (&'c str, &'c str, &'c str, Side, &'c str);

const MORE: Side = Side::ArtifactHasMore;
const LESS: Side = Side::ProgramHasMore;
const DIFFERS: Side = Side::Differs;
const UNREAD: Side = Side::NotUnderstood;

#[track_caller]
fn said(cases: &[Case<'_>]) {
    for (path, from, to, side, says) in cases {
        let report = replaced(path, &[(from, to)]);
        let found = report.differences.iter().find(|d| d.side == *side && d.says.contains(says));
        assert!(found.is_some(), "{path}: `{from}` → `{to}`: {:#?}", report.differences);
    }
}

#[test]
fn what_changes_who_sees_which_rows_is_said() {
    said(&[
        (
            "marts_sale.sql",
            "('north', 'east')",
            "('north', 'east', 'south')",
            DIFFERS,
            "`group:north@example.org` may read other rows of `marts.sale`",
        ),
        ("marts_sale.sql", " and (age > 3 or age is null)", "", MORE, "other rows of `marts.sale`"),
        ("marts_sale.sql", "and (age > 3", "or (age > 3", MORE, "other rows of `marts.sale`"),
        ("marts_sale.sql", "(age > 3 or age is null)", "age > 3", LESS, "other rows of `marts.sale`"),
        ("marts_sale.sql", "age > 3", "age >= 3", DIFFERS, "other rows of `marts.sale`"),
        (
            "marts_sale.sql",
            "grant to ('group:north@example.org')",
            "grant to ('group:north@example.org', 'user:eve@example.org')",
            MORE,
            "show rows to `user:eve@example.org`",
        ),
        (
            "marts_sale.sql",
            "grant to ('group:officers@example.org')",
            "grant to ('group:officers@example.org', 'group:north@example.org')",
            MORE,
            "other rows",
        ),
        ("marts_sale.sql", "grant to ('group:officers@example.org')", "grant to ('allAuthenticatedUsers')", MORE, "other rows"),
        ("marts_sale.sql", "pipec_builder on", "other on", UNREAD, ""),
        ("marts_sale.sql", "create row access policy pipec_reader_2", "create or replace row access policy pipec_reader_1", UNREAD, ""),
        ("marts_sale.sql", "pipec_reader_2", "pipec_reader_1", DIFFERS, "already"),
        (
            "marts_sale.sql",
            "execute immediate (\n    select coalesce",
            "select 1; -- execute immediate (\nselect (\n    select coalesce",
            MORE,
            "is made anew while its readers still have their rights",
        ),
        ("marts_sale.sql", "given.object_name = 'sale'", "given.object_name = 'late'", UNREAD, ""),
        ("marts_sale.sql", "region-eu", "region-us", UNREAD, ""),
        ("marts_sale.sql", "drop all row access policies on marts.sale;", "", DIFFERS, ""),
        ("marts_sale.sql", "roles/bigquery.dataViewer", "roles/bigquery.dataEditor", MORE, "has `roles/bigquery.dataEditor`"),
        (
            "marts_sale.sql",
            "on table marts.sale\nto",
            "on table marts.sale\nto 'allAuthenticatedUsers',",
            MORE,
            "`allAuthenticatedUsers` may read `marts.sale`",
        ),
        ("marts_sale.sql", ", 'group:officers@example.org';", ";", LESS, "`group:officers@example.org` may not read `marts.sale`"),
        (
            "marts_late.sql",
            "'group:officers@example.org'",
            "'group:analysts@example.org'",
            MORE,
            "show rows to `group:analysts@example.org`",
        ),
    ]);
}

#[test]
fn what_changes_what_is_granted_or_made_is_said() {
    said(&[
        (
            "marts_late.sql",
            "grant `",
            "grant `roles/bigquery.dataOwner` on schema marts to 'group:north@example.org';\ngrant `",
            UNREAD,
            "",
        ),
        ("marts_late.sql", "grant `", "alter table marts.late set options (description = '');\ngrant `", UNREAD, ""),
        ("marts_person_masked_by_hide.sql", "'REDACTED'", "name", DIFFERS, "what makes `marts.person_masked_by_hide`"),
        ("marts_person_masked_by_hide.sql", "from marts.person", "from marts.Person", DIFFERS, "what makes"),
        (
            "marts_person.sql",
            "drop all row access policies on marts.person;",
            "drop all row access policies on marts.person;\ngrant `roles/bigquery.dataViewer` on table marts.person to 'group:analysts@example.org';",
            MORE,
            "may read `marts.person`",
        ),
        ("views_seen.sql", "and pipec_seen.region <> region", "", DIFFERS, "`views.seen` shows other rows"),
        ("views_seen.sql", "rights.login = session_user()", "true", DIFFERS, "what makes `views.seen`"),
        ("views_seen.sql", "on view views.seen", "on table views.seen", DIFFERS, "granted as what it is not"),
        ("schemas.sql", "create schema if not exists marts;", "", LESS, ""),
        (
            "schemas.sql",
            "create schema if not exists marts;",
            "#legacySQL\ncreate schema if not exists marts;",
            UNREAD,
            "cannot be read from here on",
        ),
        ("checks.sql", "having count(*) > 0", "having count(*) > 1", DIFFERS, "the statement"),
        ("index.txt", "001_marts_person.sql\n", "", LESS, ""),
        ("index.txt", "001_marts_person.sql\n", " 001_marts_person.sql\n", LESS, "there is no such file"),
    ]);
}

#[test]
fn a_policy_that_comes_after_the_grant_leaves_a_moment() {
    let grant = "grant `roles/bigquery.dataViewer` on table marts.sale\nto 'group:north@example.org', 'group:officers@example.org';\n";
    let report = replaced(
        "marts_sale.sql",
        &[(grant, ""), ("execute immediate (\n    select format", &format!("{grant}execute immediate (\n    select format"))],
    );
    assert!(report.differences.iter().any(|d| d.says.contains("granted before it has row access policies")), "{:#?}", report.differences);
    let report = replaced("index.txt", &[("000_schemas.sql\n", ""), ("001_", "000_schemas.sql\n001_")]);
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
    let (first, last) = ("002_marts_sale.sql\n", "005_views_seen.sql\n");
    let report = replaced("index.txt", &[(first, ""), (last, &format!("{last}{first}"))]);
    assert!(report.differences.iter().any(|d| d.says.contains("another order")), "{:#?}", report.differences);
}
