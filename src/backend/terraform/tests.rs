use super::super::testing::{Built, emit, file, keep};
use super::Terraform;

fn clinic() -> Built {
    let mut built = Built::new();
    let source = built.source("patient", vec![super::super::testing::column("id", crate::ir::Type::TEXT)]);
    let anon = built.bucket("anon");
    let pii = built.bucket("pii");
    built.0.buckets[1].archive_days = None;
    built.0.buckets[1].doc = "With ${names} and %{more}.".into();
    built.export("anon_daily", anon, &[source]);
    built.export("pii_daily", pii, &[source]);
    built
}

#[test]
fn a_bucket_comes_with_all_that_keeps_it_shut() {
    let files = emit(&Terraform, clinic());
    keep("clinic", &files);
    let anon = file(&files, "terraform/bucket_anon.tf");
    for kind in [
        "public_access_block",
        "ownership_controls",
        "versioning",
        "server_side_encryption_configuration",
        "lifecycle_configuration",
        "logging",
        "policy",
    ] {
        assert!(anon.contains(&format!("resource \"aws_s3_bucket_{kind}\" \"anon\"")), "{kind} is missing:\n{anon}");
    }
    assert!(!anon.contains("force_destroy"));
}

#[test]
fn every_file_is_hcl() {
    for (path, bytes) in emit(&Terraform, clinic()).iter() {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        hcl::parse(&text).unwrap_or_else(|e| panic!("{path}: {e}\n{text}"));
    }
}

#[test]
fn nothing_is_written_without_buckets() {
    assert!(emit(&Terraform, Built::new()).is_empty());
}
