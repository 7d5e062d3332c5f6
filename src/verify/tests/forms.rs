//! Forms that the first project does not have: numbers given out once, histories, materialized views, what is inlined; and targets that are not read.

use super::super::report::{Side, diagnostics, json};
use super::{Report, changed};
use crate::base::{Sources, VPath};

const PROJECT: &str = r#"
project shop {
  warehouse postgres { database = env("DATABASE") }
  emit sql, dbt
}
use std.hipaa
source raw on warehouse schema "raw" {
  table people { id integer key @public; code text @public; name text @name; region text @public; seen integer @public }
}
layer marts schema "marts" as table
model slim in marts as ephemeral {
  from raw.people as p
  where p.region = 'north'
  select { p.id; p.region }
}
model numbered in marts as incremental(key: code, cursor: seen, id: number) {
  from raw.people as p
  select { number = row_number() over (order by p.id); p.code; p.name; p.seen }
}
model past in marts as history(key: id) {
  from raw.people as p
  where p.region = 'north'
  select { p.id; p.region; p.name }
}
model counted in marts as materialized_view {
  from slim as s
  group by s.region
  select { s.region; people = count(*) }
  unique index (region)
}
model named in marts as materialized_view {
  from raw.people as p
  select { p.id; p.region }
}
role seller { clearance internal; postgres "seller" }
grant read on numbered to seller
grant read on past to seller
grant read on counted to seller
"#;

/// The first of these texts in a file becomes the other one, or every one where the text begins with `*`.
fn replaced(path: &str, from: &str, to: &str) -> Report {
    changed(PROJECT, |files| {
        let found = files.iter_mut().find(|(p, _)| p.as_str().ends_with(path)).unwrap_or_else(|| panic!("no file {path}"));
        let text = String::from_utf8(found.1.clone()).unwrap();
        let new = match from.strip_prefix('*') {
            Some(every) => text.replace(every, to),
            None => text.replacen(from, to, 1),
        };
        assert_ne!(text, new, "the edit of {path} changes nothing: {from}\n{text}");
        *found.1 = new.into_bytes();
    })
}

#[track_caller]
fn found(edits: &[(&str, &str, &str, Side)]) {
    for (path, from, to, side) in edits {
        let report = replaced(path, from, to);
        assert!(report.differences.iter().any(|d| d.side == *side), "{path}: `{from}` → `{to}`: {:?}", report.differences);
    }
}

/// A file taken away.
fn without(path: &str) -> Report {
    changed(PROJECT, |files| files.retain(|p, _| !p.as_str().ends_with(path)))
}

const DIFFERS: Side = Side::Differs;
const UNREAD: Side = Side::NotUnderstood;

#[test]
fn these_forms_are_what_the_program_says() {
    let report = changed(PROJECT, |_| ());
    assert!(report.differences.is_empty() && report.is_same(), "{:?}", report.differences);
    assert_eq!((report.targets.as_slice(), report.held_to_the_build().as_deref()), (["sql", "dbt"].as_slice(), Some("`sql/sqlite`")));
    let same = replaced("dbt/models/marts/past.sql", "{% else %}", "{% else %} -- by hand\n");
    assert!(same.differences.is_empty(), "{:?}", same.differences);
}

#[test]
fn both_runs_of_a_numbered_model_are_compared() {
    let path = "dbt/models/marts/numbered.sql";
    found(&[
        (path, "{% else %}new_rows.number", "{% else %}new_rows.seen as number", DIFFERS),
        (path, "{% if is_incremental() %}coalesce(kept_rows.number", "{% if is_incremental() %}coalesce(kept_rows.seen", DIFFERS),
        (path, "{% else %}new_rows.number{% endif %}", "{% endif %}", DIFFERS),
        (path, "{% if is_incremental() %}coalesce", "{% if not is_incremental() %}coalesce", UNREAD),
        (path, "{% else %}", "{% elif true %}", UNREAD),
        (path, "{% else %}", "{% else %}{% else %}", UNREAD),
        (path, "{% else %}", "{% else %}{% if is_incremental() %}", UNREAD),
        (path, "{% else %}", "{%- else %}", UNREAD),
        (path, "*{% endif %}", "", UNREAD),
        (path, "{% endif %}", "{% endif %}{% endif %}", UNREAD),
        (path, "new_rows.name", "{% if is_incremental() %}new_rows.name{% else %}new_rows.code as name{% endif %}", DIFFERS),
        (
            path,
            "\nfrom new_rows",
            "\nfrom new_rows {% if is_incremental() %}{% else %}union all select 1, p.name, p.name, 1 from raw.people as p{% endif %}",
            DIFFERS,
        ),
        (path, "\nselect\n", "\nselect -- {#- -#}\n", UNREAD),
        ("_marts_numbered.sql", "coalesce(kept_rows.number", "coalesce(kept_rows.seen", DIFFERS),
    ]);
}

#[test]
fn what_a_history_takes_is_compared() {
    for path in ["dbt/models/marts/past.sql", "_marts_past.sql"] {
        found(&[
            (path, "where old_rows.id is null\n   or (", "where (", DIFFERS),
            (path, " and new_rows.id is null", "", DIFFERS),
            (path, " where versions.valid_to is null", "", DIFFERS),
            (path, "\n    new_rows.region,", "\n    new_rows.name as region,", DIFFERS),
            (path, "\n    old_rows.region,", "\n    old_rows.name,", DIFFERS),
            (path, "old_rows.region is distinct from new_rows.region", "old_rows.region is distinct from new_rows.name", DIFFERS),
            (path, "region = 'north'", "region = 'north' or true", DIFFERS),
            (path, "old_rows.valid_from < ", "old_rows.valid_from <= ", DIFFERS),
            (path, "union all", "union", DIFFERS),
        ]);
    }
    let path = "dbt/models/marts/past.sql";
    let first = "{% else %}\nselect\n    id,\n    region";
    found(&[
        (path, first, "{% else %}\nselect\n    id,\n    name", DIFFERS),
        (path, "{% endif %}", "union all select 1, 'x', 'y', null, null\n{% endif %}", DIFFERS),
        (path, "unique_key=['id', 'valid_from']", "unique_key=['id']", UNREAD),
        (path, "materialized='incremental'", "materialized='table'", UNREAD),
        ("_marts_past.sql", "old_rows.valid_from = pipec_new.valid_from", "true", DIFFERS),
        ("_marts_past.sql", "    region text not null", "    region text", DIFFERS),
        ("_marts_past.sql", "\\if :is_new\n", "\\if :is_new\ngrant select on marts.past to public;\n", UNREAD),
        ("_marts_past.sql", "comment on table", "delete from", UNREAD),
        // The mark of an incremental table's rows is set where the table is new, to what the program has, and nowhere else.
        ("_marts_past.sql", "\\endif\n", "\\endif\ncomment on table marts.past is 'pipec: rows made under another';\n", UNREAD),
        ("_marts_past.sql", "*commit;", "comment on table marts.past is 'pipec: rows made under another';\ncommit;", UNREAD),
        ("_marts_past.sql", "*commit;", "comment on column marts.past.id is 'x';\ncommit;", UNREAD),
        ("_marts_past.sql", "\\if :is_new\n", "\\if :is_new\n\\else\n", UNREAD),
        ("_marts_past.sql", "\\if :is_new\n", "\\if :{?full_refresh}\n", UNREAD),
        ("_marts_past.sql", "to_regclass('marts.past')", "to_regclass('marts.other')", UNREAD),
        ("_marts_past.sql", "select to_regclass('marts.past') is null as is_new \\gset\n", "", UNREAD),
    ]);
}

#[test]
fn the_mark_of_rows_is_the_programs() {
    let forged = super::beside_built(PROJECT, false, |files| {
        let (_, bytes) = files.iter_mut().find(|(p, _)| p.as_str().ends_with("_marts_past.sql")).unwrap();
        *bytes = String::from_utf8_lossy(bytes).replace("rows made under ", "rows made under f").into_bytes();
    });
    assert!(forged.differences.iter().any(|d| d.side == UNREAD && d.says.contains("under a condition")), "{:?}", forged.differences);
}

#[test]
fn materialized_views_are_made_and_refreshed_as_said() {
    let path = "_marts_counted.sql";
    found(&[
        (path, "count(*) as people", "count(*) + 1 as people", DIFFERS),
        (path, "refresh materialized view concurrently marts.counted", "refresh materialized view concurrently marts.named", UNREAD),
        (path, "refresh materialized view concurrently marts.counted;", "grant select on marts.counted to public;", UNREAD),
        (path, "to_regclass('marts.counted')", "to_regclass('marts.named')", UNREAD),
        (path, "relkind = 'm'", "relkind = 'v'", UNREAD),
        (path, "= 'pipec: made of ", "<> 'pipec: made of ", UNREAD),
        (path, "is 'pipec: made of ", "is 'pipec: made of f", UNREAD),
        (path, "*'pipec: made of ", "'mine ", UNREAD),
        (path, "call shop_access.drop_upon(", "call shop_access.close(", UNREAD),
        (path, "call shop_access.drop_upon(", "call other.drop_upon(", UNREAD),
        ("000_schemas.sql", "if others is not null then", "if others is null then", UNREAD),
        ("000_schemas.sql", "not above.ours", "above.ours", UNREAD),
        (path, "\\else\n", "\\else\ngrant select on marts.named to public;\n", UNREAD),
        (path, "\\else\n", "\\endif\n\\if :is_there\n", UNREAD),
        (path, "as is_there \\gset", "as is_there \\gexec", UNREAD),
        (path, "commit;", "grant insert on marts.counted to public;\ncommit;", Side::ArtifactHasMore),
        (path, "call shop_access.reset('marts.counted');\n", "", Side::ArtifactHasMore),
        ("postgres/refresh.sql", "marts.named", "marts.past", UNREAD),
        ("postgres/refresh.sql", "marts.named", "marts.counted", UNREAD),
        ("postgres/refresh.sql", "refresh materialized view marts.named;", "", UNREAD),
        ("postgres/refresh.sql", "refresh materialized view marts.named", "refresh materialized view marts.named with no data", UNREAD),
        ("postgres/refresh.sql", "refresh", "grant select on marts.named to public;\nrefresh", UNREAD),
        ("postgres/refresh.sql", "refresh", "\\i more.sql\nrefresh", UNREAD),
        ("index.txt", "_marts_named.sql", "_marts_named.sql\nrefresh.sql", UNREAD),
    ]);
    assert!(without("sql/postgres/refresh.sql").differences.iter().any(|d| d.side == Side::ProgramHasMore));
}

#[test]
fn dbts_materialized_views_are_made_and_refreshed_as_said() {
    let (path, refresh) = ("dbt/models/marts/counted.sql", "pipec_refresh.sql");
    found(&[
        (path, "count(*) as people", "count(*) + 1 as people", DIFFERS),
        (path, "materialized='materialized_view'", "materialized='table'", DIFFERS),
        (path, "{'pipec_definition': 'pipec: made of ", "{'pipec_definition': 'pipec: made of f", UNREAD),
        (path, "{'pipec_definition'", "{'pipec_refresh'", UNREAD),
        (path, "    meta={", "    grants={", UNREAD),
        (path, "\"comment on materialized view {{ this }} is", "\"comment on materialized view marts.named is", UNREAD),
        (
            path,
            "\"comment on materialized view {{ this }} is",
            "\"grant select on {{ this }} to public; comment on materialized view {{ this }} is",
            UNREAD,
        ),
        (path, "{'columns': ['region']", "{'columns': ['region); grant select on marts.counted to public; --']", UNREAD),
        (path, "'unique': true", "'unique': true, 'type': 'x'", UNREAD),
        (path, "\nselect\n", "\nselect {% if is_incremental() %}1 as x,{% endif %}\n", UNREAD),
        (path, "\nselect\n", "\nselect {% if is_incremental() %}{% else %}1 as x,{% endif %}\n", UNREAD),
        (refresh, "length > 0 -%}", "length >= 0 -%}", UNREAD),
        (refresh, "refresh materialized view", "grant select on {{ relation }} to public; refresh materialized view", UNREAD),
        (refresh, "{% endmacro %}", "{% endmacro %}{% macro more() %}{% endmacro %}", UNREAD),
        (refresh, "concurrently", "", UNREAD),
        ("dbt/models/marts/slim.sql", "region = 'north'", "true", UNREAD),
        ("dbt/models/marts/slim.sql", "\nselect\n", "\nselect {% if is_incremental() %}{% else %}1 as x,{% endif %}\n", UNREAD),
    ]);
    for path in [refresh, "generate_schema_name.sql"] {
        assert!(without(path).differences.iter().any(|d| d.side == Side::ProgramHasMore), "{path}");
    }
}

/// dbt takes settings from wherever they stand, and none from a branch that it does not read when it collects them.
#[test]
fn settings_are_said_once_and_always() {
    let path = "dbt/models/marts/numbered.sql";
    found(&[
        (path, "\nfrom new_rows", "{{ config(post_hook='grant select on marts.past to public') }}\nfrom new_rows", UNREAD),
        (path, "{{\n  config(", "{% if is_incremental() %}{% else %}{% endif %}{# {{\n  config(", UNREAD),
        (path, "\n}}\n", "\n}} {{ config(schema='open') }}\n", UNREAD),
        (path, "*{{\n  config(", "{{ config(schema='open') }}{{\n  config(", UNREAD),
    ]);
    let report = replaced(path, "  )\n}}\n", "  )\n}}{% endif %}\n");
    assert!(!report.is_same());
    let branch = changed(PROJECT, |files| {
        let found = files.iter_mut().find(|(p, _)| p.as_str().ends_with(path)).unwrap();
        let text = String::from_utf8(found.1.clone()).unwrap();
        let text =
            text.replacen("{{\n  config(", "{% if is_incremental() %}{{\n  config(", 1).replacen("  )\n}}\n", "  )\n}}{% endif %}\n", 1);
        *found.1 = text.into_bytes();
    });
    assert!(branch.differences.iter().any(|d| d.side == UNREAD), "{:?}", branch.differences);
}

/// No difference among nothing is no pass (P0925).
#[test]
fn where_nothing_can_be_compared_it_says_so() {
    let project = PROJECT.replace("emit sql, dbt", "emit evidence");
    let report = changed(&project, |files| {
        files.insert(VPath::new("readme.txt").unwrap(), Vec::new());
    });
    assert!(report.differences.is_empty() && !report.is_same());
    let said: Vec<String> = diagnostics(&report).iter().map(|d| format!("{}: {}", d.code.id(), d.message)).collect();
    assert_eq!(said, ["P0925: nothing is compared: `evidence`, `readme.txt` cannot be read back"]);
    let document: serde_json::Value = serde_json::from_str(&json(&report, &Sources::new())).unwrap();
    assert_eq!(document["same"], false);
    assert_eq!(document["as_built"], serde_json::json!(["evidence", "readme.txt"]));
}

/// Readers of a bucket get what is exported to it; where nothing is, or files are brought to be loaded, nobody is left out of the denial.
const READ_BY_NOBODY: &str = r#"
project shop { warehouse postgres { database = env("DATABASE") }; cloud aws { region = "eu-west-1" }; emit terraform, iam }
use std.hipaa
layer staging schema "staging"
table people in staging { id integer key @record_id; name text @name }
model ids in staging as table { from people as p; select { p.id } }
role staff { clearance internal; aws group "staff" }
bucket bare     { name "shop-bare";     clearance internal; readers staff }
bucket brought  { name "shop-brought";  clearance internal; readers staff }
bucket exported { name "shop-exported"; clearance internal; readers staff }
load people from brought "in/people*.csv" into people { quarantine bad; audit log; archive "done/" }
export out to exported { ids; path "out/{yyyy}.csv" }
"#;

#[test]
fn readers_of_a_bucket_that_holds_nothing_of_theirs_are_not_let_in() {
    let report = changed(READ_BY_NOBODY, |_| ());
    assert!(report.is_same(), "{:?}", report.differences);
    let named = |bucket: &str| {
        let mut named = false;
        changed(READ_BY_NOBODY, |files| {
            let found = files.iter().find(|(p, _)| p.as_str().contains("iam") && p.as_str().contains(bucket));
            let (_, text) = found.unwrap_or_else(|| panic!("no policy of {bucket} in {:?}", files.keys().collect::<Vec<_>>()));
            named = String::from_utf8_lossy(text).contains("MEMBER_OF_staff");
        });
        named
    };
    assert_eq!((named("bare"), named("brought"), named("exported")), (false, false, true));
}
