//! IAM policies as JSON: one per reading role, one per bucket, one for the exporter. What only an account knows stands in capitals.

#[cfg(test)]
mod tests;

use super::aws::{Access, Policy, Reference, Word, buckets, key_alias, region};
use super::{Backend, FileTree, text};
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::{Program, Setting};

/// The back end.
pub(super) struct Iam;

impl Backend for Iam {
    fn id(&self) -> &'static str {
        "iam"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let program = program.program();
        if buckets(program).next().is_none() {
            return;
        }
        let access = Access::of(program, diagnostics);
        let mut stems = text::Stems::default();
        let at = program.project.at;
        let mut put = |kind: &str, name: &str, policy: &Policy<Word>| {
            let path = format!("iam/{}.json", stems.claim(&format!("{kind}_{name}")));
            text::put(out, diagnostics, &path, at, json(program, policy));
        };
        for role in &access.roles {
            role.policies.iter().for_each(|policy| put("role", role.name.as_str(), policy));
        }
        for bucket in access.buckets.values() {
            put("bucket", bucket.name.as_str(), &bucket.policy);
        }
        access.exporter.iter().for_each(|policy| put("writer", "exporter", policy));
        access.loader.iter().for_each(|policy| put("writer", "loader", policy));
        text::put(out, diagnostics, "iam/README.md", at, readme(program, &access));
    }
}

/// The documents' text; every string in it is text already, so writing can't fail.
fn json(program: &Program, policy: &Policy<Word>) -> Vec<u8> {
    let mut policy: Policy<String> = policy.map(|word| resolve(program, word));
    for statement in &mut policy.statement {
        statement.resource.dedup();
    }
    let mut bytes = serde_json::to_vec_pretty(&policy).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn resolve(program: &Program, word: &Word) -> String {
    let bucket = |index: &u32| program.buckets.get(*index as usize).map_or("", |b| &*b.bucket_name);
    let region = match region(program) {
        Some(Setting::Text(region)) => region.to_string(),
        _ => "REGION".to_owned(),
    };
    match word {
        Word::Text(text) => text.clone(),
        Word::Reference(Reference::Bucket(index)) => format!("arn:aws:s3:::{}", bucket(index)),
        Word::Reference(Reference::Objects(index, pattern)) => format!("arn:aws:s3:::{}/{pattern}", bucket(index)),
        // Which key it is, the condition on its alias says.
        Word::Reference(Reference::Key(_)) => format!("arn:aws:kms:{region}:ACCOUNT_ID:key/*"),
        Word::Reference(Reference::Alias(index)) => program.buckets.get(*index as usize).map_or_else(String::new, key_alias),
        Word::Reference(Reference::S3InRegion) => format!("s3.{region}.amazonaws.com"),
        // The log bucket is Terraform's alone.
        Word::Reference(Reference::LogBucket | Reference::LogObjects) => String::new(),
        Word::Reference(Reference::Account) => "ACCOUNT_ID".to_owned(),
        Word::Reference(Reference::Root) => "arn:aws:iam::ACCOUNT_ID:root".to_owned(),
        Word::Reference(Reference::Members(group)) => format!("arn:aws:iam::ACCOUNT_ID:user/MEMBER_OF_{group}"),
        Word::Reference(Reference::Exporters(_)) => "arn:aws:iam::ACCOUNT_ID:role/EXPORTER".to_owned(),
        Word::Reference(Reference::Loaders(_)) => "arn:aws:iam::ACCOUNT_ID:role/LOADER".to_owned(),
        Word::Reference(Reference::Uploaders) => "arn:aws:iam::ACCOUNT_ID:role/UPLOADER".to_owned(),
    }
}

fn readme(program: &Program, access: &Access) -> String {
    let mut out = format!("# IAM policies of {}\n\n{}\n\n", program.project.name, text::header("", &text::whole_project(program)).concat());
    out.push_str(
        "`role_*.json` belongs to the group of a role, `bucket_*.json` to a bucket, `writer_exporter.json` to whoever runs the exports.\n",
    );
    out.push_str("Terraform, when it is emitted too, fills in the words in capitals; by hand, replace\n\n");
    out.push_str("- `ACCOUNT_ID` by the account's number, and `REGION` by the region (the key of a bucket is found by its alias, `alias/<bucket>` with `-` for each dot),\n");
    out.push_str("- the line with `user/MEMBER_OF_<group>` by one line for each member of the group,\n");
    out.push_str("- the line with `role/EXPORTER` by the user or role that runs the exports.\n");
    if !access.loader.is_empty() {
        out.push_str("- the line with `role/LOADER` by the user or role that runs the loads, who has `writer_loader*.json`, and the one with `role/UPLOADER` by one line for each that brings files.\n");
    }
    out.push('\n');
    if !program.platform.environments.is_empty() {
        out.push_str("Names of buckets and aliases get what the environment puts behind them (`terraform/environments.tf`).\n\n");
    }
    out.push_str("Until then the policies let nobody in.\n\n| role | group |\n|---|---|\n");
    for role in &access.roles {
        out.push_str(&format!("| {} | {} |\n", role.name, role.group.as_deref().unwrap_or("none: attach it yourself")));
    }
    out
}
