use super::{Policy, Reference, Word, key_alias, region};
use crate::ir::{Program, Setting};

/// What a managed policy may be long, in characters other than white space (IAM and STS quotas).
pub(super) const MANAGED_POLICY: usize = 6_144;
/// What a bucket's policy may be long, in bytes (Amazon S3 bucket policies).
pub(super) const BUCKET_POLICY: usize = 20_480;

/// How long a document is where everything that only the account knows has its greatest length; of a group, one member counts.
pub(super) fn size(program: &Program, policy: &Policy<Word>) -> usize {
    let policy: Policy<String> = policy.map(|word| longest(program, word));
    serde_json::to_string(&policy).map_or(usize::MAX, |text| text.len())
}

fn longest(program: &Program, word: &Word) -> String {
    let bucket = |index: &u32| program.buckets.get(*index as usize);
    let suffix = "s".repeat(program.platform.longest_suffix());
    let named = |index: &u32| format!("{}{suffix}", bucket(index).map_or("", |b| &*b.bucket_name));
    let region = match region(program) {
        Some(Setting::Text(region)) => region.to_string(),
        _ => "r".repeat(20),
    };
    let reference = match word {
        Word::Text(text) => return text.clone(),
        Word::Reference(reference) => reference,
    };
    match reference {
        Reference::Bucket(index) => format!("arn:aws:s3:::{}", named(index)),
        Reference::Objects(index, pattern) => format!("arn:aws:s3:::{}/{pattern}", named(index)),
        Reference::Key(_) => format!("arn:aws:kms:{region}:{}:key/{}", "1".repeat(12), "k".repeat(40)),
        Reference::Alias(index) => bucket(index).map_or_else(String::new, |b| format!("{}{suffix}", key_alias(b))),
        Reference::S3InRegion => format!("s3.{region}.amazonaws.com"),
        Reference::LogBucket | Reference::LogObjects => "b".repeat(90),
        Reference::Account => "1".repeat(12),
        Reference::Root => format!("arn:aws:iam::{}:root", "1".repeat(12)),
        Reference::Members(_) | Reference::Exporters(_) | Reference::Loaders(_) | Reference::Uploaders => {
            format!("arn:aws:iam::{}:user/{}", "1".repeat(12), "u".repeat(64))
        }
    }
}
