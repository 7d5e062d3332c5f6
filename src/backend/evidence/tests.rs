//! The report over a made-up project, whose names try to get out of the page.

use crate::base::{Sources, VPath};
use crate::driver::{Options, compile};

const PROJECT: &str = r#"
project demo { warehouse postgres { database = env("DATABASE") }; emit evidence }
use std.hipaa
source clinic on warehouse schema "clinic" {
  table patients {
    id    text  key  @record_id
    name  text       @name
    phone text?      @phone
    zip   text?      @zip
    "<script>alert(1)</script>" text @demographic
    region text      @public
  }
}
layer marts schema "marts" as table
model person in marts {
  from clinic.patients as p
  where p.phone is not null
  select {
    token   = hmac_token(p.id, key => secret('K'), domain => 'd')
    area    = zip3(p.zip)
    called  = release(p.name is not null, name general, because "presence & <b>nothing</b> else")
    odd     = p."<script>alert(1)</script>"
    p.region
  }
}
model tame in marts { from person as q; select { q.area; q.region; q.odd } }
/// For <everybody> & "all".
bucket study { name "demo-study"; clearance expert('ED-<1>&"2"', expires '2027-12-31') }
bucket open  { name "demo-open"; clearance safe_harbor }
export a to study { person; path "a_{timestamp}.csv" }
export b to open  { tame; path "b.csv" }
"#;

fn files() -> std::collections::BTreeMap<String, String> {
    written(PROJECT)
}

fn written(project: &str) -> std::collections::BTreeMap<String, String> {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files() {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), project);
    let made = compile(&sources, &Options { emit: true, ..Options::default() });
    assert!(made.program.is_some(), "{:#?}", made.diagnostics);
    made.files.iter().map(|(p, b)| (p.to_string(), String::from_utf8(b.to_vec()).unwrap())).collect()
}

#[test]
fn each_sink_has_a_page_and_its_data() {
    let files = files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "evidence/bucket_open.html",
            "evidence/bucket_open.json",
            "evidence/bucket_study.html",
            "evidence/bucket_study.json",
            "evidence/index.html",
            "evidence/index.json"
        ]
    );
    let study: serde_json::Value = serde_json::from_str(&files["evidence/bucket_study.json"]).unwrap();
    assert_eq!(study["passes"], false);
    assert_eq!(
        study["statement"],
        "Safe Harbor (b)(2)(i) checks do not pass: what is sent stands on Expert Determination ED-<1>&\"2\", which holds until 2027-12-31."
    );
    let letters: Vec<String> = study["checklist"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| format!("{}:{}", l["letter"].as_str().unwrap(), l["result"].as_str().unwrap()))
        .collect();
    let expected: Vec<String> = ('A'..='R')
        .map(|l| {
            format!(
                "{l}:{}",
                match l {
                    'A' | 'B' => "permitted",
                    'R' => "present",
                    _ => "absent",
                }
            )
        })
        .collect();
    assert_eq!(letters, expected);
    let columns = study["tables"][0]["columns"].as_array().unwrap();
    let column = |name: &str| columns.iter().find(|c| c["name"] == name).unwrap();
    assert_eq!(column("token")["from"], serde_json::json!(["clinic.patients.id"]));
    assert_eq!(column("token")["masks"], serde_json::json!(["hmac_token"]));
    assert_eq!(column("token")["tells"][0]["admitted"], "expert(ED-<1>&\"2\") admits it as pseudonym, determination ED-<1>&\"2\"");
    assert_eq!(column("area")["masks"], serde_json::json!(["zip3"]));
    assert_eq!(column("called")["releases"], serde_json::json!(["presence & <b>nothing</b> else"]));
    assert_eq!(study["releases"][0]["kind"], "release");
    let topics: Vec<&str> = study["notes"].as_array().unwrap().iter().map(|n| n["topic"].as_str().unwrap()).collect();
    assert_eq!(topics, ["ZIP codes", "First appearance", "Pseudonyms", "Counts and presence"]);
    let open: serde_json::Value = serde_json::from_str(&files["evidence/bucket_open.json"]).unwrap();
    assert_eq!(open["statement"], "Safe Harbor (b)(2)(i) checks pass.");
    // A mask applied in a model before is found, too.
    assert_eq!(open["tables"][0]["columns"][0]["masks"], serde_json::json!(["zip3"]));
}

#[test]
fn no_name_gets_out_of_its_place() {
    let files = files();
    let page = &files["evidence/bucket_study.html"];
    for hostile in ["<script", "<b>", "<everybody>", "ED-<1>"] {
        assert!(!page.contains(hostile), "{hostile} stands in the page");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("presence &amp; &lt;b&gt;nothing&lt;/b&gt; else"));
    for text in files.values() {
        let lower = text.to_ascii_lowercase();
        assert!(!lower.contains("hipaa compliant"));
        assert!(lower.contains("actual knowledge"));
    }
}

/// A role that reads what the models `body` holds, and what is said of it.
fn said_of(body: &str, clearance: &str) -> serde_json::Value {
    let head = PROJECT.split("model person").next().unwrap();
    let files = written(&format!("{head}\n{body}\nrole r {{ clearance {clearance}; postgres \"r\" }}\ngrant read on sent to r\n"));
    serde_json::from_str(&files["evidence/role_r.json"]).unwrap()
}

fn letter(report: &serde_json::Value, letter: &str) -> serde_json::Value {
    report["checklist"].as_array().unwrap().iter().find(|l| l["letter"] == letter).unwrap().clone()
}

#[test]
fn what_was_released_is_present() {
    for form in ["public", "general"] {
        // By the column itself, a column of a model before, and one that a condition compares.
        let released = format!("release(p.name, name {form}, because \"all are famous\")");
        let condition = "release(p.name = 'Smith', name public, because \"all are famous\")";
        for body in [
            format!("model sent in marts {{ from clinic.patients as p; select {{ nm = {released}; p.region }} }}"),
            format!(
                "model first in marts {{ from clinic.patients as p; select {{ nm = {released}; p.region }} }}\nmodel sent in marts {{ from first as f; select {{ other = upper(f.nm) }} }}"
            ),
            format!("model sent in marts {{ from clinic.patients as p; where {condition}; select {{ p.region }} }}"),
            format!(
                "model first in marts {{ from clinic.patients as p; where {condition}; select {{ p.region }} }}\nmodel sent in marts {{ from first as f; select {{ f.region }} }}"
            ),
        ] {
            let report = said_of(&body, "safe_harbor");
            assert_eq!(report["statement"], "Safe Harbor (b)(2)(i) checks pass but for what was released: name (A).", "{body}");
            assert_eq!(report["passes"], false, "{body}");
            let line = letter(&report, "A");
            assert_eq!(line["result"], "present", "{body}");
            assert!(line["says"].as_str().unwrap().starts_with("by release"), "{body}");
            let columns = line["columns"].as_array().unwrap();
            assert!(columns.iter().any(|c| c["by"] == "release" && c["because"] == "all are famous" && c["form"] == "direct"), "{line}");
        }
    }
    // A column beside it that is not sent has nothing to do with it.
    let body = "model first in marts { from clinic.patients as p; select { nm = release(p.name, name public, because \"famous\"); p.region } }\nmodel sent in marts { from first as f; select { f.region } }";
    assert_eq!(said_of(body, "safe_harbor")["statement"], "Safe Harbor (b)(2)(i) checks pass.");
}

#[test]
fn a_mask_of_the_project_is_a_release_too() {
    let body = "mask initial(x: text) -> text? general lowers name because \"one letter\" { postgres \"left({x}, 1)\"; sqlite unsupported; duckdb unsupported; bigquery unsupported }\nmodel sent in marts { from clinic.patients as p; select { i = initial(p.name) } }";
    let report = said_of(body, "safe_harbor");
    assert_eq!(report["statement"], "Safe Harbor (b)(2)(i) checks pass but for what was released: name (A).");
    let columns = letter(&report, "A")["columns"].clone();
    assert!(columns.as_array().unwrap().iter().any(|c| c["by"] == "mask" && c["because"] == "one letter"), "{columns}");
}

#[test]
fn what_rows_were_chosen_by_is_present_where_it_is_only_warned_of() {
    let body = "model sent in marts { from clinic.patients as p; where p.name = 'John Smith'; select { p.region } }\nclearance w = safe_harbor { control warn because \"the registry chose them\" }\nclearance v = w { zip public }";
    for clearance in ["w", "v"] {
        let report = said_of(body, clearance);
        assert_eq!(report["statement"], "Safe Harbor (b)(2)(i) checks pass but for what rows were chosen by: name (A).");
        assert_eq!(letter(&report, "A")["result"], "present");
        let when = &report["tables"][0]["columns"][0]["when"][0];
        assert_eq!(when["admitted"], format!("{clearance} does not admit it, and only warns (control warn)"));
        assert_eq!(report["releases"][0], serde_json::json!({"kind": "clearance", "what": "w", "because": "the registry chose them"}));
    }
}

#[test]
fn service_accounts_have_a_page() {
    let files = written(
        r#"
project demo { warehouse bigquery { project = env("GCP_PROJECT"); location = "EU" }; cloud gcp { project = var("gcp_project"); region = "europe-west1" }; state gcs "demo-state"; emit evidence }
use std.hipaa
var gcp_project text
environment production { suffix ""; gcp_project = "demo-prod" }
source clinic on warehouse schema "clinic" { table patients { id text key @record_id; zip text? @zip; region text @public } }
layer marts schema "marts" as table
model person in marts { from clinic.patients as p; select { area = zip3(p.zip); p.region } }
bucket raw { name "demo-raw"; clearance safe_harbor }
export a to raw { person; path "a_{timestamp}.parquet"; format parquet }
/// Reads what is built.
service_account viewer { clearance safe_harbor; roles "roles/bigquery.dataViewer" on dataset marts }
service_account mayrun { clearance internal; roles "roles/iam.serviceAccountUser" on service_account filers, viewer }
service_account filers { clearance safe_harbor; roles "roles/storage.objectViewer" on bucket raw }
service_account idlers { roles "roles/bigquery.jobUser" }
"#,
    );
    let page =
        |name: &str| -> serde_json::Value { serde_json::from_str(&files[&format!("evidence/service_account_{name}.json")]).unwrap() };
    let viewer = page("viewer");
    assert_eq!((&viewer["kind"], &viewer["what"]), (&"service_account".into(), &"service account viewer".into()));
    assert_eq!(viewer["statement"], "Safe Harbor (b)(2)(i) checks pass.");
    assert_eq!(viewer["tables"][0]["by"], serde_json::json!(["roles/bigquery.dataViewer"]));
    assert_eq!(letter(&viewer, "B")["result"], "permitted");
    assert_eq!(page("mayrun")["tables"][0]["by"], serde_json::json!(["roles/iam.serviceAccountUser, being another account"]));
    // Files tell when they were made, whoever reads them.
    let topics = |said: &serde_json::Value| said["notes"].as_array().unwrap().iter().any(|n| n["topic"] == "First appearance");
    assert!(topics(&page("filers")) && topics(&page("mayrun")) && !topics(&viewer));
    assert!(!files.contains_key("evidence/service_account_idlers.json"), "who reads nothing has no page");
}

#[test]
fn an_open_api_has_a_page_and_everybody_reads_it() {
    let head = PROJECT.split("model person").next().unwrap();
    let files = written(&format!(
        r#"{head}
model sent in marts as table {{ from clinic.patients as p; select {{ area = zip3(p.zip); p.region; number = row_number() over (order by p.region) }}; assert unique(number) }}
model other in marts {{ from clinic.patients as p; select {{ p.region }} }}
role web  {{ clearance safe_harbor; postgres "web" }}
role desk {{ clearance internal; postgres "desk" }}
grant read on sent to web
grant read on other to desk
/// For <everybody>.
api open {{ role web; expose sent only number, area at "areas"; anonymous because "figures for the public" }}
"#
    ));
    let page = |name: &str| -> serde_json::Value { serde_json::from_str(&files[&format!("evidence/{name}.json")]).unwrap() };
    let open = page("api_open");
    assert_eq!((&open["kind"], &open["what"]), (&"api".into(), &"whoever asks API open".into()));
    assert_eq!(open["tables"][0]["by"], serde_json::json!(["path `areas`"]));
    let names: Vec<&str> = open["tables"][0]["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["area", "number"]);
    assert_eq!(open["clearance"]["name"], "safe_harbor");
    assert_eq!(letter(&open, "B")["result"], "permitted");
    // What is open to everybody, another role may read as well.
    let desk = page("role_desk");
    let by: Vec<&serde_json::Value> = desk["tables"].as_array().unwrap().iter().map(|t| &t["by"]).collect();
    assert!(by.contains(&&serde_json::json!(["API `open`, for everybody"])), "{by:?}");
    assert!(files["evidence/index.html"].contains("whoever asks API open"));
}
