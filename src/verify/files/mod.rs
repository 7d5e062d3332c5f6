//! Files of exports in AWS: every principal, action, bucket, key and way in, asked of the policies and of the program.

mod asking;
mod wanted;

use super::Artifacts;
use super::iam::{Principal, Statement, document};
use super::report::{Difference, Report, Side};
use super::terraform::{self, Terraform};
use crate::base::Span;
use crate::ir::{Bucket, Export, Program};
use asking::Asking;
use std::collections::{BTreeMap, BTreeSet};
use wanted::Wanted;

/// What policies of one target say.
struct Said {
    target: &'static str,
    region: String,
    /// Policies of roles and of the exporter.
    identities: Vec<(Who, Vec<Statement>)>,
    buckets: BTreeMap<String, Vec<Statement>>,
    /// Whether each bucket has a key of its own by name.
    own_keys: bool,
    logs: Option<String>,
}

/// Somebody who asks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Who {
    /// A member of a group, who may have several roles.
    Group(String),
    Exporter,
    /// Who runs loads.
    Loader,
    /// Somebody of the account who may do all that no policy of a bucket denies.
    Administrator,
    Root,
    /// Nobody of the account.
    Anonymous,
}

const OBJECTS: [&str; 11] = [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectTagging",
    "s3:GetObjectAcl",
    "s3:GetObjectAttributes",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:AbortMultipartUpload",
    "s3:RestoreObject",
];
const BUCKETS: [&str; 6] =
    ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutBucketAcl"];
const KEYS: [&str; 5] = ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant", "kms:ScheduleKeyDeletion"];

/// What a reader may be allowed, and the exporter. Whatever else is allowed to them is more, whether or not anything here asks for it.
const READS: [&str; 3] = ["s3:ListBucket", "s3:GetObject", "kms:Decrypt"];
const WRITES: [&str; 4] = ["s3:PutObject", "s3:AbortMultipartUpload", "kms:GenerateDataKey", "kms:Decrypt"];
/// What who runs loads may be allowed.
const MOVES: [&str; 6] = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey", "kms:Decrypt"];
/// Who delivers S3's access logs.
const DELIVERS: &str = "logging.s3.amazonaws.com";

/// Compares the policies in JSON.
pub(super) fn json(program: &Program, artifacts: &Artifacts<'_>, report: &mut Report) {
    let mut unread: Vec<(Span, String)> = Vec::new();
    let region = region(program).unwrap_or_else(|| "REGION".to_owned());
    let mut said = Said { target: "iam", region, identities: Vec::new(), buckets: BTreeMap::new(), own_keys: false, logs: None };
    let mut groups: BTreeMap<Who, Vec<Statement>> = BTreeMap::new();
    for (path, file) in artifacts.under("iam/").filter(|(p, _)| *p != "iam/README.md") {
        let Ok(value) = serde_json::from_str(artifacts.sources.text(file)) else {
            unread.push((Span::new(file, 0, 0), format!("`{path}`, which is no JSON,")));
            continue;
        };
        let statements = document(&value, (file, artifacts.sources), &mut unread);
        let stem = path.trim_start_matches("iam/").trim_end_matches(".json");
        let role = stem.strip_prefix("role_").and_then(|s| program.roles.iter().find(|r| is_called(s, r.name.as_str())));
        let bucket = stem.strip_prefix("bucket_").and_then(|s| program.buckets.iter().find(|b| is_called(s, b.name.as_str())));
        match (role, bucket) {
            (Some(role), _) => {
                let name = role.aws_group.as_deref().map_or_else(|| format!("none of {}", role.name), str::to_owned);
                groups.entry(Who::Group(name)).or_default().extend(statements);
            }
            (None, Some(bucket)) => said.buckets.entry(bucket.bucket_name.to_string()).or_default().extend(statements),
            _ if stem.starts_with("writer_loader") => groups.entry(Who::Loader).or_default().extend(statements),
            _ if stem.starts_with("writer_exporter") => groups.entry(Who::Exporter).or_default().extend(statements),
            _ => unread.push((Span::new(file, 0, 0), format!("whose policy `{path}` is"))),
        }
    }
    said.identities = groups.into_iter().collect();
    compare(program, &said, unread, report);
}

/// Compares the policies in Terraform's files.
pub(super) fn hcl(program: &Program, artifacts: &Artifacts<'_>, report: &mut Report) {
    let files: Vec<_> = artifacts.under("terraform/").map(|(p, f)| (p.clone(), f)).collect();
    let Terraform { groups, exporter, loader, buckets, shut, logs, mut unread } = {
        let raw: Vec<_> = program.platform.raw.iter().map(|r| r.text.clone()).collect();
        terraform::read(&files, artifacts.sources, &raw)
    };
    for (path, file) in &files {
        // What Terraform merges over other files, reads as JSON, or takes settings from.
        // What an environment or a machine needs beside; that it is as built is compared byte by byte.
        if beside(program, path) {
            continue;
        }
        let stem = path.strip_suffix(".tf").unwrap_or("override");
        if stem == "terraform/override" || stem.ends_with("_override") || stem == "override" {
            unread.push((Span::new(*file, 0, 0), format!("`{path}` beside what is emitted")));
        }
    }
    let mut identities: Vec<(Who, Vec<Statement>)> = groups.into_iter().map(|(g, s)| (Who::Group(g), s)).collect();
    identities.push((Who::Exporter, exporter));
    identities.push((Who::Loader, loader));
    let said = Said { target: "terraform", region: "REGION".to_owned(), identities, buckets, own_keys: true, logs };
    let names = here(program).map(|(_, b)| b.bucket_name.to_string()).chain(said.logs.clone());
    for name in names.filter(|n| !shut.contains(n)) {
        push(report, &said, Span::default(), Side::ArtifactHasMore, ("", "", &name), format!("bucket `{name}` is not shut to the public"));
    }
    compare(program, &said, unread, report);
}

/// Files that are no configuration: values and states of environments, scripts of machines.
fn beside(program: &Program, path: &str) -> bool {
    let file = path.strip_prefix("terraform/").unwrap_or(path);
    let of_environment =
        |ending: &str| file.strip_suffix(ending).is_some_and(|n| program.platform.environments.iter().any(|e| e.name.as_str() == n));
    let with: Vec<_> = program.platform.computes.iter().filter(|c| c.bootstrap.is_some()).collect();
    let script = file.strip_prefix("compute_").and_then(|f| f.strip_suffix(".sh"));
    of_environment(".tfvars")
        || of_environment(".tfbackend")
        || script.is_some_and(|s| with.iter().any(|c| c.name.as_str() == s))
        || (file == "bootstrap.sh.tftpl" && !with.is_empty())
}

/// Whether a file's stem is what something is called, with a number where there are several.
fn is_called(stem: &str, name: &str) -> bool {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect();
    stem == plain || stem.strip_prefix(&plain).and_then(|r| r.strip_prefix('_')).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

fn region(program: &Program) -> Option<String> {
    let cloud = program.project.clouds.iter().find(|c| &*c.provider == "aws")?;
    match cloud.settings.get("region") {
        Some(crate::ir::Setting::Text(region)) => Some(region.to_string()),
        _ => None,
    }
}

/// Buckets in AWS.
fn here(program: &Program) -> impl Iterator<Item = (u32, &Bucket)> {
    (0u32..).zip(&program.buckets).filter(|(_, b)| b.lies_in(program, "aws"))
}

/// The keys of an export: its path up to the first token, and what follows it. A path without one is a folder or a zip, with a manifest beside it.
fn pattern(export: &Export) -> String {
    format!("{}*", export.path.split_once('{').map_or(&*export.path, |(before, _)| before))
}

fn compare(program: &Program, said: &Said, unread: Vec<(Span, String)>, report: &mut Report) {
    report.targets.push(said.target);
    for (at, what) in unread {
        push(report, said, at, Side::NotUnderstood, ("", "", ""), format!("{what} is not understood"));
    }
    let wanted = Wanted::new(program);
    resources(&wanted, said, report);
    let everything = vec![Statement {
        allow: true,
        principal: super::iam::Principal::Holder,
        actions: vec!["*".to_owned()],
        resources: vec!["*".to_owned()],
        conditions: Vec::new(),
        at: Span::default(),
    }];
    let mut asking = said.identities.clone();
    let mine: BTreeSet<&String> =
        wanted.exports.iter().filter(|(b, ..)| here(program).any(|(i, _)| i == *b)).flat_map(|(_, _, g)| g).collect();
    for group in mine {
        let who = Who::Group(group.clone());
        if !asking.iter().any(|(w, _)| *w == who) && !group.starts_with("none of ") {
            asking.push((who, Vec::new()));
        }
    }
    for who in [Who::Exporter, Who::Loader] {
        if !asking.iter().any(|(w, _)| *w == who) {
            asking.push((who, Vec::new()));
        }
    }
    asking.extend([(Who::Administrator, everything.clone()), (Who::Root, everything), (Who::Anonymous, Vec::new())]);
    for (who, identity) in &asking {
        // Nobody is in a group that there is none of: the bucket stays shut to such a role, as its page says.
        if matches!(who, Who::Group(g) if g.starts_with("none of ")) {
            continue;
        }
        Asking { wanted: &wanted, said, who, identity, report: &mut *report }.all();
    }
    report.sort();
}

/// What the buckets' own policies allow, and whom their denials leave out.
fn resources(wanted: &Wanted<'_>, said: &Said, report: &mut Report) {
    for (name, statement) in said.buckets.iter().flat_map(|(n, all)| all.iter().map(move |s| (n, s))) {
        if statement.allow && !(said.logs.as_ref() == Some(name) && delivers(wanted, name, statement)) {
            let says = format!("the policy of bucket `{name}` allows {} what no policy of it has to", statement.principal);
            push(report, said, statement.at, Side::ArtifactHasMore, ("", "", name), says);
        }
        let known = wanted.left_out(name, statement);
        let others = statement.conditions.iter().filter(|(_, key, _)| key == "aws:PrincipalArn").flat_map(|(_, _, values)| values);
        for arn in others.filter(|arn| !known.contains(*arn)) {
            let says = format!("a denial in the policy of bucket `{name}` leaves out `{arn}`");
            push(report, said, statement.at, Side::ArtifactHasMore, (arn, "", name), says);
        }
    }
}

/// Whether a statement lets S3 deliver the logs of these buckets, and nothing else.
fn delivers(wanted: &Wanted<'_>, name: &str, statement: &Statement) -> bool {
    let condition = |operator: &str, key: &str| {
        let found = statement.conditions.iter().find(|(o, k, _)| o == operator && k == key);
        found.map(|(_, _, values)| values.clone()).unwrap_or_default()
    };
    let ours: BTreeSet<String> = here(wanted.program).map(|(_, b)| format!("arn:aws:s3:::{}", b.bucket_name)).collect();
    let from = condition("ArnEquals", "aws:SourceArn");
    statement.principal == Principal::Service(DELIVERS.to_owned())
        && statement.actions == ["s3:PutObject"]
        && statement.resources == [format!("arn:aws:s3:::{name}/*")]
        && !from.is_empty()
        && from.iter().all(|arn| ours.contains(arn))
        && condition("StringEquals", "aws:SourceAccount") == ["ACCOUNT_ID"]
}

fn push(report: &mut Report, said: &Said, at: Span, side: Side, (who, verb, object): (&str, &str, &str), says: String) {
    report.push(Difference {
        at,
        side,
        target: said.target,
        principal: who.to_owned(),
        verb: verb.to_owned(),
        object: object.to_owned(),
        columns: Vec::new(),
        rows: None,
        says,
        because: None,
    });
}
