//! Members at Google, after edits.

use super::super::report::Side;
use super::changed;

const PROJECT: &str = r#"
project shop {
  warehouse bigquery { project = env("GCP_PROJECT"); location = "EU" }
  cloud gcp { project = "shop"; region = "europe-west1" }
  emit sql, terraform
}
use std.hipaa
bucket raw   { name "shop-raw"; clearance internal }
bucket files { name "shop-files"; clearance internal; readers seller }
source raw on warehouse schema "raw" {
  files parquet in raw "{table}/"
  table sales { id integer @public; region text @public; buyer text @name }
}
layer base  schema "base" as table
layer marts schema "marts" as view
model sale in base {
  from raw.sales as s
  select { s.id; s.region; s.buyer }
}
model area in marts {
  from sale as s
  group by s.region
  select { s.region }
}
role seller { clearance internal; google group "sellers@example.org" }
role north  { clearance internal; google group "north@example.org" }
export areas to files { area; path "areas/{yyyy}.csv" }
export sales to files { sale; path "sales/{yyyy}.csv" }
grant read on area to seller
grant extract on area to north
service_account loads_it { clearance internal; roles "roles/storage.objectUser" on bucket raw }
service_account dbt_runs { clearance internal; roles "roles/bigquery.dataEditor" on dataset base, marts; roles "roles/bigquery.jobUser" }
service_account acts_for { clearance internal; roles "roles/iam.serviceAccountUser" on service_account dbt_runs }
"#;

#[test]
fn members_are_what_the_program_says() {
    let report = changed(PROJECT, |_| {});
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
    assert!(report.cells > 20, "{}", report.cells);
}

#[test]
fn a_member_more_or_less_is_a_difference() {
    let (more, less, unread) = (Side::ArtifactHasMore, Side::ProgramHasMore, Side::NotUnderstood);
    for (path, from, to, side) in [
        ("bucket_raw.tf", "roles/storage.objectUser", "roles/storage.admin", more),
        ("bucket_raw.tf", "roles/storage.objectUser", "roles/storage.objectViewer", less),
        ("bucket_raw.tf", "google_service_account.loads_it.member", "google_service_account.dbt_runs.member", more),
        ("bucket_raw.tf", "[google_service_account.loads_it.member]", "[google_service_account.loads_it.member, \"allUsers\"]", unread),
        (
            "bucket_raw.tf",
            "[google_service_account.loads_it.member]",
            "[google_service_account.loads_it.member, \"group:x@example.org\"]",
            more,
        ),
        ("bucket_raw.tf", "\"enforced\"", "\"inherited\"", unread),
        ("bucket_raw.tf", "uniform_bucket_level_access = true", "uniform_bucket_level_access = false", unread),
        ("bucket_raw.tf", "resource \"google_storage_bucket_iam_policy\"", "resource \"google_storage_bucket_iam_binding\"", unread),
        (
            "bucket_raw.tf",
            "google_kms_crypto_key_iam_member\" \"raw\" {",
            "google_kms_crypto_key_iam_member\" \"raw\" {\n  count = 0",
            unread,
        ),
        ("bucket_files.tf", "group:north@example.org", "group:south@example.org", less),
        ("bucket_files.tf", "var.google_exporters", "[\"group:north@example.org\"]", more),
        ("bucket_files.tf", "\"areas/\"", "\"sales/\"", more),
        ("datasets.tf", "\"WRITER\"", "\"OWNER\"", more),
        ("datasets.tf", "special_group = \"projectOwners\"", "special_group = \"allAuthenticatedUsers\"", unread),
        ("datasets.tf", "google_service_account.dbt_runs.email", "google_service_account.loads_it.email", more),
        ("service_accounts.tf", "roles/bigquery.jobUser", "roles/owner", more),
        ("service_accounts.tf", "google_service_account.dbt_runs.name", "google_service_account.loads_it.name", more),
        ("google_variables.tf", "type        = string", "type        = string\n  default     = \"me@example.org\"", unread),
    ] {
        let report = changed(PROJECT, |files| {
            let (_, bytes) = files.iter_mut().find(|(p, _)| p.as_str().ends_with(path)).unwrap_or_else(|| panic!("no file {path}"));
            let text = String::from_utf8(bytes.clone()).unwrap();
            let new = text.replacen(from, to, 1);
            assert_ne!(text, new, "the edit of {path} changes nothing: {from}\n{text}");
            *bytes = new.into_bytes();
        });
        assert!(report.differences.iter().any(|d| d.side == side), "{path}: `{from}` → `{to}`: {:#?}", report.differences);
    }
}

#[test]
fn what_is_merged_over_a_block_is_not_understood() {
    let more =
        "data \"google_iam_policy\" \"raw\" {\n  binding {\n    role    = \"roles/storage.admin\"\n    members = [\"allUsers\"]\n  }\n}\n";
    for (path, text) in [("terraform/raw_override.tf", more), ("terraform/more.tf.json", "{}")] {
        let report = changed(PROJECT, |files| {
            files.insert(crate::base::VPath::new(path).unwrap(), text.as_bytes().to_vec());
        });
        assert!(report.differences.iter().any(|d| d.side == Side::NotUnderstood), "{path}");
    }
}
