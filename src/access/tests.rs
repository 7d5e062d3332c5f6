//! What is said of lines that a list writes, and of service accounts.

use super::{Carry, Matrix, Show, csv, json, text};
use crate::base::{Sources, VPath};
use crate::driver::{Options, compile};

const PROJECT: &str = r#"
project demo {
  warehouse bigquery { project = "demo"; location = "EU" }
  cloud gcp { project = "demo"; region = "europe-west1" }
  emit sql, terraform
}
use std.hipaa
source clinic on warehouse schema "clinic" { table patients { id text key @record_id; client text @public } }
layer marts schema "marts" as table
model patient in marts { from clinic.patients as p; select { p.id; p.client } }
model client in marts { from clinic.patients as p; group by p.client; select { p.client } }
for c in csv("clients.csv") @public {
  role client_${c.slug} { clearance internal; google group "${c.slug}@example.org" }
  policy own_${c.slug} on patient for client_${c.slug} where client = ${c.client}
  grant read on patient, client to client_${c.slug}
  bucket files_${c.slug} { name "demo-${c.slug}"; clearance internal; readers client_${c.slug} }
  model sent_${c.slug} in marts { from clinic.patients as p; where p.client = ${c.client}; select { p.id } }
  export daily_${c.slug} to files_${c.slug} { sent_${c.slug}; path "a.csv" }
}
service_account reads_it  { clearance internal; roles "roles/bigquery.dataViewer" on dataset marts }
service_account is_it_too { clearance internal; roles "roles/iam.serviceAccountUser" on service_account reads_it }
service_account runs_jobs { roles "roles/bigquery.jobUser" }
"#;

fn shown() -> [String; 3] {
    let mut sources = Sources::new();
    for (path, text) in crate::stdlib::files().iter().filter(|(path, _)| !path.contains("fhir/")) {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    sources.add(VPath::new("main.pipe").unwrap(), PROJECT);
    sources.add_data(VPath::new("clients.csv").unwrap(), *b"slug,client\nuhc,United Healthcare\nit,\"O'Neil, \"\"Sons\"\"\"\n");
    let made = compile(&sources, &Options::default());
    let program = made.program.unwrap_or_else(|| panic!("{:?}", made.diagnostics));
    let program = program.program();
    let matrix = Matrix::new(program, &Carry::new(program));
    let show = Show { program, sources: &sources, role: None, table: None };
    [text(&matrix, &show), csv(&matrix, &show), json(&matrix, &show)]
}

#[test]
fn what_a_list_writes_is_shown_with_its_values() {
    let [text, csv, json] = shown();
    for shown in [&text, &csv, &json] {
        assert!(!shown.contains("${"), "{shown}");
    }
    for line in [
        "    rows     where patient.client = 'United Healthcare' (policy own_uhc, main.pipe:14)\n",
        "    rows     where patient.client = 'O''Neil, \"Sons\"' (policy own_it, main.pipe:14)\n",
        "    because  grant read on patient to client_uhc (main.pipe:15)\n",
        "    because  grant read on client to client_it (main.pipe:15)\n",
        "    because  a reader of bucket `files_uhc` (main.pipe:16)\n",
        "    because  `sent_uhc` in export `daily_uhc` (main.pipe:18)\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(csv.contains("client_uhc,read,warehouse,patient,id,,patient.client = 'United Healthcare',"), "{csv}");
    assert!(json.contains(r#""where": "patient.client = 'United Healthcare'""#), "{json}");
}

#[test]
fn service_accounts_are_listed_with_what_they_read() {
    let [text, csv, json] = shown();
    for line in [
        "service account reads_it (internal)\n  read client in Google Cloud\n    columns  client\n    because  `roles/bigquery.dataViewer` on dataset `marts`",
        "service account is_it_too (internal)\n  read client in Google Cloud\n    columns  client\n    because  `roles/iam.serviceAccountUser` on service account `reads_it`",
        "service account runs_jobs (no clearance)\n  nothing\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(csv.contains("\r\nservice account is_it_too,read,Google Cloud,patient,id,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let reads = |name: &str| {
        let all = json["service_accounts"].as_array().unwrap();
        all.iter().find(|a| a["name"] == name).unwrap()["entries"].as_array().unwrap().len()
    };
    assert_eq!((reads("reads_it"), reads("is_it_too"), reads("runs_jobs")), (4, 4, 0));
}
