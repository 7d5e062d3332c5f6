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
