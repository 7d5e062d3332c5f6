//! Files of exports in AWS: every principal, action, bucket, key and way in, asked of the policies and of the program.

use super::Artifacts;
use super::iam::{Principal, ROOT, Request, Statement, decide, document, like};
use super::report::{Difference, Report, Side};
use super::terraform::{self, Terraform};
use crate::base::Span;
use crate::ir::{Bucket, Export, Program};
use std::collections::{BTreeMap, BTreeSet};

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
    let Terraform { groups, exporter, buckets, shut, logs, mut unread } = terraform::read(&files, artifacts.sources);
    for (path, file) in &files {
        // What Terraform merges over other files, reads as JSON, or takes settings from.
        let stem = path.strip_suffix(".tf").unwrap_or("override");
        if stem == "terraform/override" || stem.ends_with("_override") || stem == "override" {
            unread.push((Span::new(*file, 0, 0), format!("`{path}` beside what is emitted")));
        }
    }
    let mut identities: Vec<(Who, Vec<Statement>)> = groups.into_iter().map(|(g, s)| (Who::Group(g), s)).collect();
    identities.push((Who::Exporter, exporter));
    let said = Said { target: "terraform", region: "REGION".to_owned(), identities, buckets, own_keys: true, logs };
    let names = here(program).map(|(_, b)| b.bucket_name.to_string()).chain(said.logs.clone());
    for name in names.filter(|n| !shut.contains(n)) {
        push(report, &said, Span::default(), Side::ArtifactHasMore, ("", "", &name), format!("bucket `{name}` is not shut to the public"));
    }
    compare(program, &said, unread, report);
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

fn pattern(export: &Export) -> String {
    match export.path.split_once('{') {
        Some((before, _)) => format!("{before}*"),
        None => export.path.to_string(),
    }
}

/// What the program says of files.
struct Wanted<'p> {
    program: &'p Program,
    /// Per export: its bucket, its keys, and the groups of its readers.
    exports: Vec<(u32, String, BTreeSet<String>)>,
}

impl<'p> Wanted<'p> {
    fn new(program: &'p Program) -> Wanted<'p> {
        let readers = program.file_readers();
        let groups = |readers: &Vec<crate::ir::FileReader>| {
            let roles = readers.iter().filter_map(|r| program.role(&r.role));
            roles.map(|r| r.aws_group.as_deref().map_or_else(|| format!("none of {}", r.name), str::to_owned)).collect()
        };
        let exports = program.exports.iter().zip(&readers).map(|(e, r)| (e.bucket, pattern(e), groups(r)));
        Wanted { program, exports: exports.collect() }
    }

    /// Whether somebody may do something with a key.
    fn object(&self, who: &Who, action: &str, bucket: Option<u32>, key: &str) -> bool {
        let matching = || self.exports.iter().filter(|(b, p, _)| Some(*b) == bucket && like(p, key));
        match who {
            Who::Group(group) => action == "s3:GetObject" && matching().next().is_some() && matching().all(|(_, _, g)| g.contains(group)),
            Who::Exporter => matches!(action, "s3:PutObject" | "s3:AbortMultipartUpload") && matching().next().is_some(),
            Who::Administrator => bucket.is_none() || !(action.starts_with("s3:GetObject") || action == "s3:PutObject"),
            Who::Root => true,
            Who::Anonymous => false,
        }
    }

    fn bucket(&self, who: &Who, action: &str, bucket: Option<u32>, prefix: Option<&str>) -> bool {
        match who {
            Who::Group(group) => {
                let mut mine = self.exports.iter().filter(|(b, _, g)| Some(*b) == bucket && g.contains(group));
                action == "s3:ListBucket" && mine.any(|(_, p, _)| p == "*" || prefix.is_some_and(|prefix| like(p, prefix)))
            }
            Who::Exporter | Who::Anonymous => false,
            Who::Administrator | Who::Root => true,
        }
    }

    fn key(&self, who: &Who, action: &str, bucket: Option<u32>) -> bool {
        match who {
            Who::Group(group) => action == "kms:Decrypt" && self.exports.iter().any(|(b, _, g)| Some(*b) == bucket && g.contains(group)),
            Who::Exporter => {
                matches!(action, "kms:Decrypt" | "kms:GenerateDataKey") && self.exports.iter().any(|(b, _, _)| Some(*b) == bucket)
            }
            _ => false,
        }
    }

    /// Whom a denial in a bucket's policy may leave out.
    fn left_out(&self, bucket: &str, statement: &Statement) -> BTreeSet<String> {
        let of_this = |index: u32| self.program.buckets.get(index as usize).is_some_and(|b| *b.bucket_name == *bucket);
        let about = |key: &str| statement.resources.iter().any(|r| like(r, &format!("arn:aws:s3:::{bucket}/{key}")));
        let mut out = BTreeSet::from([ROOT.to_owned()]);
        // What may write is a list that the account keeps, and it is one for all buckets, those that nothing is exported to, too.
        if statement.actions == ["s3:PutObject"] {
            out.extend(Self::arn(&Who::Exporter));
        }
        for (_, pattern, groups) in self.exports.iter().filter(|(index, ..)| of_this(*index)) {
            if !about(&pattern.replace('*', "x1")) {
                continue;
            }
            if statement.actions.iter().all(|a| a.starts_with("s3:GetObject")) {
                out.extend(groups.iter().filter_map(|g| Self::arn(&Who::Group(g.clone()))));
            }
        }
        out
    }

    fn arn(who: &Who) -> Option<String> {
        Some(match who {
            Who::Group(group) => format!("arn:aws:iam::ACCOUNT_ID:user/MEMBER_OF_{group}"),
            Who::Exporter => "arn:aws:iam::ACCOUNT_ID:role/EXPORTER".to_owned(),
            Who::Administrator => "arn:aws:iam::ACCOUNT_ID:user/ADMINISTRATOR".to_owned(),
            Who::Root => ROOT.to_owned(),
            Who::Anonymous => return None,
        })
    }
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
    if !asking.iter().any(|(w, _)| *w == Who::Exporter) {
        asking.push((Who::Exporter, Vec::new()));
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

/// One principal, asked about.
struct Asking<'a> {
    wanted: &'a Wanted<'a>,
    said: &'a Said,
    who: &'a Who,
    identity: &'a [Statement],
    report: &'a mut Report,
}

impl Asking<'_> {
    fn all(&mut self) {
        let mut buckets: BTreeMap<String, Option<u32>> =
            here(self.wanted.program).map(|(i, b)| (b.bucket_name.to_string(), Some(i))).collect();
        buckets.extend(self.said.logs.clone().map(|l| (l, None)));
        let outside = matches!(self.who, Who::Group(_) | Who::Exporter);
        if outside {
            buckets.insert("a-bucket-of-somebody-else".to_owned(), None);
        }
        let named = self.identity.iter().flat_map(|s| &s.resources).filter_map(|r| r.strip_prefix("arn:aws:s3:::"));
        let named: BTreeSet<String> = named.filter_map(|r| r.split('/').next()).map(|b| b.replace('*', "x1")).collect();
        for name in named {
            buckets.entry(name).or_insert(None);
        }
        let policies = &self.said.buckets;
        for (name, index) in &buckets {
            let none = Vec::new();
            let policy = policies.get(name).unwrap_or(&none);
            self.objects(name, *index, policy);
            self.bucket(name, *index, policy);
        }
        if outside {
            self.keys();
        }
        for statement in self.identity.iter().filter(|s| outside && s.allow) {
            let known: &[&str] = if matches!(self.who, Who::Exporter) { &WRITES } else { &READS };
            for action in statement.actions.iter().filter(|a| !known.contains(&a.as_str())) {
                let says = format!("{} may `{action}`", self.name());
                push(self.report, self.said, statement.at, Side::ArtifactHasMore, (&self.name(), action, ""), says);
            }
        }
    }

    fn name(&self) -> String {
        match self.who {
            Who::Group(group) => format!("group `{group}`"),
            Who::Exporter => "the exporter".to_owned(),
            Who::Administrator => "anybody else who may".to_owned(),
            Who::Root => "the account's root".to_owned(),
            Who::Anonymous => "the public".to_owned(),
        }
    }

    /// Actions to try: those that are known, and those that are named.
    fn actions(&self, known: &[&str], policy: &[Statement]) -> BTreeSet<String> {
        let named = self.identity.iter().chain(policy).flat_map(|s| &s.actions).filter(|a| a.starts_with("s3:") && !a.contains(['*', '?']));
        let others = |a: &&String| !OBJECTS.contains(&a.as_str()) && !BUCKETS.contains(&a.as_str());
        known.iter().map(|a| (*a).to_owned()).chain(named.filter(others).cloned()).collect()
    }

    /// Keys to try: inside and outside of each pattern that anybody wrote.
    fn tried(&self, name: &str, index: Option<u32>, policy: &[Statement]) -> BTreeSet<String> {
        let start = format!("arn:aws:s3:::{name}/");
        let resources =
            self.identity.iter().chain(policy).flat_map(|s| &s.resources).filter_map(|r| r.strip_prefix(&start)).map(str::to_owned);
        let exports = self.wanted.exports.iter().filter(|(b, ..)| Some(*b) == index).map(|(_, p, _)| p.clone());
        let all: BTreeSet<String> = resources.chain(exports).collect();
        let mut out: BTreeSet<String> = all.iter().map(|p| p.replace(['*', '?'], "x1")).collect();
        out.extend(all.iter().map(|p| format!("{}-beside/x1", p.trim_end_matches(['*', '/']))));
        out.extend(["zz/outside".to_owned(), String::from("x1")]);
        out
    }

    fn objects(&mut self, name: &str, index: Option<u32>, policy: &[Statement]) {
        for action in self.actions(&OBJECTS, policy) {
            for key in self.tried(name, index, policy) {
                for tls in [true, false] {
                    let resource = format!("arn:aws:s3:::{name}/{key}");
                    let request = Request { arn: Wanted::arn(self.who), action: action.clone(), resource, tls, ..Request::default() };
                    let ours = index.is_some() || self.said.logs.as_deref() == Some(name);
                    let may = (tls || !ours) && self.wanted.object(self.who, &action, index, &key);
                    self.ask(&request, policy, may, &format!("{name}/{key}"));
                }
            }
        }
    }

    fn bucket(&mut self, name: &str, index: Option<u32>, policy: &[Statement]) {
        let written = self.identity.iter().flat_map(|s| &s.conditions).filter(|(_, k, _)| k == "s3:prefix").flat_map(|(_, _, v)| v);
        let mut prefixes: BTreeSet<Option<String>> = written.map(|v| Some(v.replace(['*', '?'], "x1"))).collect();
        prefixes.extend(self.tried(name, index, policy).into_iter().map(Some));
        prefixes.extend([None, Some(String::new())]);
        for action in self.actions(&BUCKETS, policy) {
            for prefix in &prefixes {
                for tls in [true, false] {
                    let resource = format!("arn:aws:s3:::{name}");
                    let arn = Wanted::arn(self.who);
                    let request = Request { arn, action: action.clone(), resource, tls, prefix: prefix.clone(), ..Request::default() };
                    let ours = index.is_some() || self.said.logs.as_deref() == Some(name);
                    let may = (tls || !ours) && self.wanted.bucket(self.who, &action, index, prefix.as_deref());
                    self.ask(&request, policy, may, name);
                }
            }
        }
    }

    fn keys(&mut self) {
        let ways = [Some(format!("s3.{}.amazonaws.com", self.said.region)), None, Some("ec2.REGION.amazonaws.com".to_owned())];
        let mut owners: Vec<(String, Option<u32>)> = here(self.wanted.program).map(|(i, b)| (b.bucket_name.to_string(), Some(i))).collect();
        owners.push(("a-bucket-of-somebody-else".to_owned(), None));
        for (name, index) in owners {
            for action in KEYS {
                for via in &ways {
                    let key = if self.said.own_keys { format!("of-{name}") } else { "1".to_owned() };
                    let resource = format!("arn:aws:kms:{}:ACCOUNT_ID:key/{key}", self.said.region);
                    let alias = Some(format!("alias/{}", name.replace('.', "-")));
                    let arn = Wanted::arn(self.who);
                    let request =
                        Request { arn, action: action.to_owned(), resource, tls: true, via: via.clone(), alias, ..Request::default() };
                    let through = via.as_ref() == ways.first().and_then(Option::as_ref);
                    let may = through && self.wanted.key(self.who, action, index);
                    self.ask(&request, &[], may, &format!("the key of {name}"));
                }
            }
        }
    }

    fn ask(&mut self, request: &Request, policy: &[Statement], may: bool, object: &str) {
        self.report.cells += 1;
        let (can, by) = decide(self.identity, policy, request);
        if can == may {
            return;
        }
        let at = by.map_or_else(Span::default, |s| s.at);
        let at = if at == Span::default() { policy.first().or(self.identity.first()).map_or(at, |s| s.at) } else { at };
        let (who, way) = (self.name(), if request.tls { "" } else { " without TLS" });
        let (side, says) = match can {
            true => (Side::ArtifactHasMore, format!("{who} may `{}` on `{object}`{way}", request.action)),
            false => (Side::ProgramHasMore, format!("{who} may not `{}` on `{object}`{way}", request.action)),
        };
        push(self.report, self.said, at, side, (&who, &request.action, object), says);
    }
}
