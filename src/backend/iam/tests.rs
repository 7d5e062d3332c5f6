use super::super::testing::{Built, emit, file, try_emit};
use super::Iam;
use crate::diag::Code;
use std::collections::BTreeSet;

fn clinic() -> Built {
    let mut built = Built::new();
    let anon = built.bucket("anon");
    built.export("anon_daily", anon, &[]);
    built
}

#[test]
fn listing_is_asked_of_the_bucket_and_reading_of_its_objects() {
    let policy: serde_json::Value = serde_json::from_str(&file(&emit(&Iam, clinic()), "iam/role_analyst.json")).unwrap();
    let statement = |sid: &str| policy["Statement"].as_array().unwrap().iter().find(|s| s["Sid"] == sid).unwrap();
    assert_eq!(statement("ListBuckets")["Resource"][0], "arn:aws:s3:::clinic-exports-anon");
    assert_eq!(statement("ReadObjects")["Resource"][0], "arn:aws:s3:::clinic-exports-anon/*");
    assert_eq!(statement("DecryptObjects")["Condition"]["StringEquals"]["kms:ViaService"][0], "s3.us-east-1.amazonaws.com");
}

#[test]
fn a_bucket_is_shut_to_all_but_its_readers() {
    let policy: serde_json::Value = serde_json::from_str(&file(&emit(&Iam, clinic()), "iam/bucket_anon.json")).unwrap();
    let reading = &policy["Statement"][1];
    assert_eq!(reading["Effect"], "Deny");
    assert_eq!(reading["Condition"]["ArnNotEquals"]["aws:PrincipalArn"][0], "arn:aws:iam::ACCOUNT_ID:user/MEMBER_OF_analysts");
}

/// A group may have ten policies, and no more: what does not fit is P0612, not left out.
#[test]
fn policies_are_split_and_never_too_many() {
    let many = |count: usize| {
        let mut built = Built::new();
        for n in 0..count {
            let bucket = built.bucket(&format!("of-the-ward-number-{n}"));
            built.export(&format!("daily_{n}"), bucket, &[]);
        }
        try_emit(&Iam, built)
    };
    let (files, diagnostics) = many(60);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let parts: Vec<_> = files.iter().filter(|(p, _)| p.as_str().starts_with("iam/role_analyst")).collect();
    assert!(parts.len() > 1);
    let mut objects = BTreeSet::new();
    for (path, bytes) in parts {
        let policy: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        assert!(serde_json::to_string(&policy).unwrap().len() <= 6144, "{}", path.as_str());
        let statements = policy["Statement"].as_array().unwrap();
        let reading = statements.iter().find(|s| s["Sid"] == "ReadObjects").unwrap();
        objects.extend(reading["Resource"].as_array().unwrap().iter().map(|r| r.as_str().unwrap().to_owned()));
    }
    assert_eq!(objects.len(), 60);
    let (_, diagnostics) = many(250);
    assert!(diagnostics.iter().any(|d| d.code == Code::PolicyTooLong && d.code.id() == "P0612"), "{diagnostics:?}");
}
