use super::super::testing::{Built, emit, file};
use super::Iam;

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
