use super::{Condition, Effect, Policy, Principal, Reference, Statement, Word};
use crate::base::Ident;
use crate::ir::{Bucket, Program, Role, Setting};

/// The provider this module is about.
pub(in crate::backend) const AWS: &str = "aws";

/// The region of the project's AWS cloud; `None` when nothing says so.
pub(in crate::backend) fn region(program: &Program) -> Option<&Setting> {
    program.project.clouds.iter().find(|c| *c.provider == *AWS)?.settings.get("region")
}

/// Who may do what with the buckets.
pub(in crate::backend) struct Access {
    /// Roles that read at least one bucket, in order of name.
    pub(in crate::backend) roles: Vec<RoleAccess>,
    /// Every bucket's own policy, in the program's order.
    pub(in crate::backend) buckets: Vec<BucketAccess>,
    /// What writing exports takes; `None` when nothing is exported.
    pub(in crate::backend) exporter: Option<Policy<Word>>,
}

/// What a role may do.
pub(in crate::backend) struct RoleAccess {
    pub(in crate::backend) name: Ident,
    /// The AWS group that has it.
    pub(in crate::backend) group: Option<String>,
    pub(in crate::backend) policy: Policy<Word>,
}

/// What a bucket lets happen.
pub(in crate::backend) struct BucketAccess {
    pub(in crate::backend) name: Ident,
    pub(in crate::backend) policy: Policy<Word>,
}

impl Access {
    /// Reads it off a program.
    pub(in crate::backend) fn of(program: &Program) -> Access {
        let indexed = || (0u32..).zip(&program.buckets);
        let mut roles = Vec::new();
        let mut sorted: Vec<&Role> = program.roles.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        for role in sorted {
            let read: Vec<u32> = indexed().filter(|(_, b)| b.readers.contains(&role.name)).map(|(i, _)| i).collect();
            if !read.is_empty() {
                let policy = Policy::new(reading(&read));
                roles.push(RoleAccess { name: role.name.clone(), group: role.aws_group.as_deref().map(str::to_owned), policy });
            }
        }
        let buckets = indexed().map(|(i, bucket)| {
            let readers = program.roles.iter().filter(|r| bucket.readers.contains(&r.name));
            let groups: Vec<&str> = readers.filter_map(|r| r.aws_group.as_deref()).collect();
            BucketAccess { name: bucket.name.clone(), policy: guarding(i, &groups) }
        });
        let buckets = buckets.collect();
        let written: Vec<u32> = indexed().map(|(i, _)| i).filter(|i| program.exports.iter().any(|e| e.bucket == *i)).collect();
        let exporter = (!written.is_empty()).then(|| Policy::new(writing(&written)));
        Access { roles, buckets, exporter }
    }
}

fn reference(reference: Reference) -> Word {
    Word::Reference(reference)
}

/// The alias of the key that encrypts a bucket; an alias takes no dots.
pub(in crate::backend) fn key_alias(bucket: &Bucket) -> String {
    format!("alias/{}", bucket.bucket_name.replace('.', "-"))
}

fn allow(
    sid: &str,
    action: &[&'static str],
    buckets: &[u32],
    what: fn(u32) -> Reference,
    condition: Vec<Condition<Word>>,
) -> Statement<Word> {
    let resource = buckets.iter().map(|b| reference(what(*b))).collect();
    Statement { sid: sid.to_owned(), effect: Effect::Allow, principal: None, action: action.to_vec(), resource, condition }
}

/// Listing is asked of the bucket, reading of its objects, and decrypting of the key, through S3 only.
fn reading(buckets: &[u32]) -> Vec<Statement<Word>> {
    vec![
        allow("ListBuckets", &["s3:ListBucket"], buckets, Reference::Bucket, Vec::new()),
        allow("ReadObjects", &["s3:GetObject"], buckets, Reference::Objects, Vec::new()),
        allow("DecryptObjects", &["kms:Decrypt"], buckets, Reference::Key, through_s3(buckets)),
    ]
}

/// A multipart upload of an encrypted object decrypts its own parts.
fn writing(buckets: &[u32]) -> Vec<Statement<Word>> {
    vec![
        allow("WriteObjects", &["s3:PutObject", "s3:AbortMultipartUpload"], buckets, Reference::Objects, Vec::new()),
        allow("EncryptObjects", &["kms:GenerateDataKey", "kms:Decrypt"], buckets, Reference::Key, through_s3(buckets)),
    ]
}

fn through_s3(buckets: &[u32]) -> Vec<Condition<Word>> {
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
/// Administering the bucket stays with whoever may: only its objects are closed, and the account's root keeps a way in.
fn guarding(bucket: u32, groups: &[&str]) -> Policy<Word> {
    let outside = |mut inside: Vec<Reference>| {
        inside.push(Reference::Root);
        Condition { operator: "ArnNotEquals", key: "aws:PrincipalArn", values: inside.into_iter().map(reference).collect() }
    };
    let readers = groups.iter().map(|g| Reference::Members((*g).to_owned())).collect();
    Policy::new(vec![
        without_tls(Reference::Bucket(bucket), Reference::Objects(bucket)),
        deny("DenyReadingByOthers", &["s3:GetObject", "s3:GetObjectVersion"], vec![Reference::Objects(bucket)], outside(readers)),
        deny("DenyWritingByOthers", &["s3:PutObject"], vec![Reference::Objects(bucket)], outside(vec![Reference::Exporters])),
    ])
}

fn deny(sid: &str, action: &[&'static str], resource: Vec<Reference>, condition: Condition<Word>) -> Statement<Word> {
    Statement {
        sid: sid.to_owned(),
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

/// What the bucket of access logs lets happen: S3's own service writes what the project's buckets have to say.
pub(in crate::backend) fn logging(program: &Program) -> Policy<Word> {
    let sources = (0u32..).zip(&program.buckets).map(|(i, _)| reference(Reference::Bucket(i))).collect();
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
