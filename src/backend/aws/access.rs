use super::size::{BUCKET_POLICY, MANAGED_POLICY, size};
use super::{Condition, Effect, Policy, Principal, Reference, Statement, Word};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::platform::Compute;
use crate::ir::{Bucket, Export, FileReader, Load, Program, Role, Setting};
use std::collections::{BTreeMap, BTreeSet};

/// The provider this module is about.
const AWS: &str = "aws";

/// How many managed policies a group takes (IAM and STS quotas).
const POLICIES_OF_A_GROUP: usize = 10;

/// The region of the project's AWS cloud; `None` when nothing says so.
pub(in crate::backend) fn region(program: &Program) -> Option<&Setting> {
    program.project.clouds.iter().find(|c| *c.provider == *AWS)?.settings.get("region")
}

/// The buckets that lie in AWS, with their index.
pub(in crate::backend) fn buckets(program: &Program) -> impl Iterator<Item = (u32, &Bucket)> {
    (0u32..).zip(&program.buckets).filter(|(_, b)| b.lies_in(program, AWS))
}

/// Who may do what with the buckets.
pub(in crate::backend) struct Access {
    /// Roles that read the files of at least one export, in order of name.
    pub(in crate::backend) roles: Vec<RoleAccess>,
    /// Every bucket's own policy, by its index in the program.
    pub(in crate::backend) buckets: BTreeMap<u32, BucketAccess>,
    /// What writing exports takes; empty when nothing is exported.
    pub(in crate::backend) exporter: Vec<Policy<Word>>,
    /// What running loads takes, a policy per bucket; empty when nothing is loaded.
    pub(in crate::backend) loader: Vec<Policy<Word>>,
    /// What each machine takes.
    pub(in crate::backend) machines: BTreeMap<Ident, MachineAccess>,
}

/// What a role may do.
pub(in crate::backend) struct RoleAccess {
    pub(in crate::backend) name: Ident,
    /// The AWS group that has it.
    pub(in crate::backend) group: Option<String>,
    /// As many as their size takes.
    pub(in crate::backend) policies: Vec<Policy<Word>>,
}

/// What a bucket lets happen.
pub(in crate::backend) struct BucketAccess {
    pub(in crate::backend) name: Ident,
    pub(in crate::backend) policy: Policy<Word>,
}

impl Access {
    /// Reads it off a program. What is longer than AWS takes is an error.
    pub(in crate::backend) fn of(program: &Program, diagnostics: &mut Diagnostics) -> Access {
        let readers = program.file_readers();
        let mut sorted: Vec<&Role> = program.roles.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        let mut roles = Vec::new();
        for role in sorted {
            let reads = program.exports.iter().zip(&readers).filter(|(_, r)| r.iter().any(|r| r.role == role.name));
            let reach = reach(program, reads.map(|(e, _)| e));
            if !reach.is_empty() {
                let policies = packed(program, &reach, reading);
                too_many(&policies, role.at, &format!("what role `{}` may read", role.name)).into_iter().for_each(|d| diagnostics.push(d));
                roles.push(RoleAccess { name: role.name.clone(), group: role.aws_group.as_deref().map(str::to_owned), policies });
            }
        }
        let guarded = buckets(program).map(|(index, bucket)| {
            let policy = guarding(program, index, &readers);
            if size(program, &policy) > BUCKET_POLICY {
                let message = format!("the policy of bucket `{}` is longer than the {BUCKET_POLICY} bytes that S3 takes", bucket.name);
                let problem = Diagnostic::error(Code::PolicyTooLong, bucket.at, message);
                diagnostics.push(problem.help("let fewer roles read it, or put the files of some into a bucket of their own"));
            }
            (index, BucketAccess { name: bucket.name.clone(), policy })
        });
        let buckets = guarded.collect();
        let exporter = packed(program, &reach(program, &program.exports), writing);
        too_many(&exporter, program.project.at, "what running the exports takes").into_iter().for_each(|d| diagnostics.push(d));
        let loader = loading(program, |_| true);
        if loader.iter().any(|p| size(program, p) > MANAGED_POLICY) {
            let message = format!("what the loads of one bucket take is longer than the {MANAGED_POLICY} characters of a policy");
            let problem = Diagnostic::error(Code::PolicyTooLong, program.project.at, message);
            diagnostics.push(problem.help("let the names of files begin alike, or use several buckets"));
        }
        too_many(&loader, program.project.at, "what running the loads takes").into_iter().for_each(|d| diagnostics.push(d));
        let machines = program.platform.computes.iter().map(|c| (c.name.clone(), MachineAccess::of(program, c))).collect();
        Access { roles, buckets, exporter, loader, machines }
    }
}

/// What a machine takes of the exports and the loads.
#[derive(Default)]
pub(in crate::backend) struct MachineAccess {
    pub(in crate::backend) exports: Vec<Policy<Word>>,
    pub(in crate::backend) loads: Vec<Policy<Word>>,
}

impl MachineAccess {
    fn of(program: &Program, compute: &Compute) -> MachineAccess {
        let exports = (0u32..).zip(&program.exports).filter(|(n, _)| compute.exports.contains(n)).map(|(_, e)| e);
        let writes = reach(program, exports);
        let exports = if writes.is_empty() { Vec::new() } else { packed(program, &writes, writing) };
        MachineAccess { exports, loads: loading(program, |n| compute.loads.contains(&n)) }
    }
}

fn too_many(policies: &[Policy<Word>], at: crate::base::Span, what: &str) -> Option<Diagnostic> {
    if policies.len() <= POLICIES_OF_A_GROUP {
        return None;
    }
    let message =
        format!("{what} fills {} policies of {MANAGED_POLICY} characters, and AWS takes {POLICIES_OF_A_GROUP} of them", policies.len());
    Some(Diagnostic::error(Code::PolicyTooLong, at, message).help("use fewer buckets, or let the paths of exports begin alike"))
}

/// Keys of a bucket: all, or those that begin alike (`anon/*`).
type Keys = (u32, String);

/// The pattern of an export's keys: its path up to the first token. No pattern's character can be part of a path.
fn pattern(export: &Export) -> String {
    format!("{}*", export.prefix())
}

/// The keys of exports, without those that others hold already.
fn reach<'p>(program: &'p Program, exports: impl IntoIterator<Item = &'p Export>) -> Vec<Keys> {
    let here = |e: &&Export| program.buckets.get(e.bucket as usize).is_some_and(|b| b.lies_in(program, AWS));
    let all: BTreeSet<Keys> = exports.into_iter().filter(here).map(|e| (e.bucket, pattern(e))).collect();
    let held = |(bucket, one): &Keys| {
        let holds = |(b, other): &Keys| b == bucket && other != one && other.strip_suffix('*').is_some_and(|o| one.starts_with(o));
        all.iter().any(holds)
    };
    all.iter().filter(|k| !held(k)).cloned().collect()
}

/// As many policies as it takes for none to be longer than a managed policy may be.
fn packed(program: &Program, reach: &[Keys], statements: fn(&[Keys]) -> Vec<Statement<Word>>) -> Vec<Policy<Word>> {
    let mut packs: Vec<Vec<Keys>> = Vec::new();
    for keys in reach {
        if let Some(last) = packs.last_mut() {
            last.push(keys.clone());
            if size(program, &Policy::new(statements(last))) <= MANAGED_POLICY {
                continue;
            }
            last.pop();
        }
        packs.push(vec![keys.clone()]);
    }
    packs.iter().map(|pack| Policy::new(statements(pack))).collect()
}

fn reference(reference: Reference) -> Word {
    Word::Reference(reference)
}

/// The alias of the key that encrypts a bucket; an alias takes no dots.
pub(in crate::backend) fn key_alias(bucket: &Bucket) -> String {
    format!("alias/{}", bucket.bucket_name.replace('.', "-"))
}

fn allow(sid: impl Into<String>, action: &[&'static str], resource: Vec<Reference>, condition: Vec<Condition<Word>>) -> Statement<Word> {
    let resource = resource.into_iter().map(reference).collect();
    Statement { sid: sid.into(), effect: Effect::Allow, principal: None, action: action.to_vec(), resource, condition }
}

fn objects(reach: &[Keys]) -> Vec<Reference> {
    reach.iter().map(|(bucket, pattern)| Reference::Objects(*bucket, pattern.clone())).collect()
}

fn in_order(reach: &[Keys]) -> BTreeSet<u32> {
    reach.iter().map(|(bucket, _)| *bucket).collect()
}

/// Listing is asked of the bucket, under the beginnings of keys that may be read; reading of its objects, and decrypting of the key,
/// through S3 only.
fn reading(reach: &[Keys]) -> Vec<Statement<Word>> {
    let buckets = in_order(reach);
    let whole: BTreeSet<u32> = reach.iter().filter(|(_, p)| p == "*").map(|(b, _)| *b).collect();
    let mut out = Vec::new();
    if !whole.is_empty() {
        out.push(allow("ListBuckets", &["s3:ListBucket"], whole.iter().map(|b| Reference::Bucket(*b)).collect(), Vec::new()));
    }
    for (number, bucket) in (1u32..).zip(buckets.difference(&whole)) {
        let prefixes = reach.iter().filter(|(b, _)| b == bucket).map(|(_, p)| Word::Text(p.clone()));
        let under = Condition { operator: "StringLike", key: "s3:prefix", values: prefixes.collect() };
        out.push(allow(format!("ListPrefixes{number}"), &["s3:ListBucket"], vec![Reference::Bucket(*bucket)], vec![under]));
    }
    out.push(allow("ReadObjects", &["s3:GetObject"], objects(reach), Vec::new()));
    out.push(allow("DecryptObjects", &["kms:Decrypt"], keys(&buckets), through_s3(&buckets)));
    out
}

/// What running the loads takes, by bucket: to list and read what was brought, to move it to the archive, and no more.
fn loading(program: &Program, wanted: impl Fn(u32) -> bool) -> Vec<Policy<Word>> {
    let wanted: Vec<&Load> = (0u32..).zip(&program.loads).filter(|(n, _)| wanted(*n)).map(|(_, l)| l).collect();
    buckets(program).filter_map(|(index, _)| loading_from(&wanted, index)).collect()
}

fn loading_from(wanted: &[&Load], index: u32) -> Option<Policy<Word>> {
    let here: Vec<&Load> = wanted.iter().copied().filter(|l| l.bucket == Some(index)).collect();
    let first = here.first()?;
    let set = |keys: &mut dyn Iterator<Item = String>| keys.map(|k| format!("{k}*")).collect::<BTreeSet<String>>();
    let incoming = set(&mut here.iter().map(|l| l.prefix()));
    let moved = set(&mut here.iter().filter(|l| l.archive.is_some()).map(|l| l.prefix()));
    let archives = set(&mut here.iter().filter_map(|l| l.archive.as_deref()).map(str::to_owned));
    let folders: BTreeSet<&str> = here.iter().map(|l| &*l.folder).chain([&*first.folder]).collect();
    let objects = |keys: BTreeSet<String>| keys.into_iter().map(|k| Reference::Objects(index, k)).collect::<Vec<_>>();
    let values = folders.into_iter().map(|f| Word::Text(f.to_owned())).collect();
    let under = Condition { operator: "StringLike", key: "s3:prefix", values };
    let one = BTreeSet::from([index]);
    let mut all = vec![
        allow("ListIncoming", &["s3:ListBucket"], vec![Reference::Bucket(index)], vec![under]),
        allow("ReadIncoming", &["s3:GetObject"], objects(incoming), Vec::new()),
    ];
    if !moved.is_empty() {
        all.push(allow("WriteArchive", &["s3:PutObject"], objects(archives), Vec::new()));
        all.push(allow("RemoveIncoming", &["s3:DeleteObject"], objects(moved), Vec::new()));
    }
    all.push(allow("UseKey", &["kms:Decrypt", "kms:GenerateDataKey"], keys(&one), through_s3(&one)));
    Some(Policy::new(all))
}

/// A multipart upload of an encrypted object decrypts its own parts.
fn writing(reach: &[Keys]) -> Vec<Statement<Word>> {
    let buckets = in_order(reach);
    vec![
        allow("WriteObjects", &["s3:PutObject", "s3:AbortMultipartUpload"], objects(reach), Vec::new()),
        allow("EncryptObjects", &["kms:GenerateDataKey", "kms:Decrypt"], keys(&buckets), through_s3(&buckets)),
    ]
}

fn keys(buckets: &BTreeSet<u32>) -> Vec<Reference> {
    buckets.iter().map(|b| Reference::Key(*b)).collect()
}

fn through_s3(buckets: &BTreeSet<u32>) -> Vec<Condition<Word>> {
    vec![
        Condition { operator: "StringEquals", key: "kms:ViaService", values: vec![reference(Reference::S3InRegion)] },
        Condition {
            operator: "ForAnyValue:StringEquals",
            key: "kms:ResourceAliases",
            values: buckets.iter().map(|b| reference(Reference::Alias(*b))).collect(),
        },
    ]
}

/// What nobody may do, whatever else they are allowed: come without TLS, read without being a reader, write without being an exporter.
/// Administering the bucket stays with whoever may, and so nobody who deploys is locked out: only its objects are closed, and the
/// account's root keeps a way in.
fn guarding(program: &Program, index: u32, readers: &[Vec<FileReader>]) -> Policy<Word> {
    let here: Vec<(&Export, BTreeSet<&Ident>)> = (program.exports.iter().zip(readers))
        .filter(|(e, _)| e.bucket == index)
        .map(|(e, r)| (e, r.iter().map(|r| &r.role).collect()))
        .collect();
    let all: BTreeSet<&Ident> = here.iter().flat_map(|(_, r)| r).copied().collect();
    // Who runs loads reads what was brought; it is written by those that bring it, and by nobody who exports.
    let loaded = program.loads.iter().any(|l| l.bucket == Some(index));
    let outside = |inside: &BTreeSet<&Ident>| {
        let groups = program.roles.iter().filter(|r| inside.contains(&r.name)).filter_map(|r| r.aws_group.as_deref());
        not_among(groups.map(|g| Reference::Members(g.to_owned())).chain(loaded.then_some(Reference::Loaders(index))).collect())
    };
    let writers = if loaded { vec![Reference::Loaders(index), Reference::Uploaders] } else { vec![Reference::Exporters(index)] };
    // Every way to an object's content or what is said of it, in every version.
    let closed = |sid: String, pattern: String, inside: &BTreeSet<&Ident>| {
        deny(sid, &["s3:GetObject*"], vec![Reference::Objects(index, pattern)], outside(inside))
    };
    let every = || "*".to_owned();
    let mut out = vec![
        without_tls(Reference::Bucket(index), Reference::Objects(index, every())),
        closed("DenyReadingByOthers".to_owned(), every(), &all),
    ];
    let apart: BTreeMap<String, &BTreeSet<&Ident>> = here.iter().filter(|(_, r)| *r != all).map(|(e, r)| (pattern(e), r)).collect();
    for (number, (pattern, inside)) in (2u32..).zip(apart) {
        out.push(closed(format!("DenyReadingByOthers{number}"), pattern, inside));
    }
    let write = deny("DenyWritingByOthers", &["s3:PutObject"], vec![Reference::Objects(index, every())], not_among(writers));
    out.push(write);
    Policy::new(out)
}

fn not_among(mut inside: Vec<Reference>) -> Condition<Word> {
    inside.push(Reference::Root);
    Condition { operator: "ArnNotEquals", key: "aws:PrincipalArn", values: inside.into_iter().map(reference).collect() }
}

fn deny(sid: impl Into<String>, action: &[&'static str], resource: Vec<Reference>, condition: Condition<Word>) -> Statement<Word> {
    Statement {
        sid: sid.into(),
        effect: Effect::Deny,
        principal: Some(Principal::Everybody),
        action: action.to_vec(),
        resource: resource.into_iter().map(reference).collect(),
        condition: vec![condition],
    }
}

fn without_tls(bucket: Reference, objects: Reference) -> Statement<Word> {
    let plain = Condition { operator: "Bool", key: "aws:SecureTransport", values: vec![Word::Text("false".to_owned())] };
    deny("DenyWithoutTls", &["s3:*"], vec![bucket, objects], plain)
}

/// What a key lets happen: what the account's identity policies say, as a key without a policy of its own does. Without it nobody could
/// administer the key any more.
pub(in crate::backend) fn key_policy() -> Policy<Word> {
    Policy::new(vec![Statement {
        sid: "LeaveItToTheAccount".to_owned(),
        effect: Effect::Allow,
        principal: Some(Principal::Account),
        action: vec!["kms:*"],
        resource: vec![Word::Text("*".to_owned())],
        condition: Vec::new(),
    }])
}

/// What the bucket of access logs lets happen: S3's own service writes what the project's buckets have to say.
pub(in crate::backend) fn logging(program: &Program) -> Policy<Word> {
    let sources = buckets(program).map(|(i, _)| reference(Reference::Bucket(i))).collect();
    let deliver = Statement {
        sid: "DeliverLogs".to_owned(),
        effect: Effect::Allow,
        principal: Some(Principal::Service("logging.s3.amazonaws.com")),
        action: vec!["s3:PutObject"],
        resource: vec![reference(Reference::LogObjects)],
        condition: vec![
            Condition { operator: "ArnEquals", key: "aws:SourceArn", values: sources },
            Condition { operator: "StringEquals", key: "aws:SourceAccount", values: vec![reference(Reference::Account)] },
        ],
    };
    Policy::new(vec![without_tls(Reference::LogBucket, Reference::LogObjects), deliver])
}
