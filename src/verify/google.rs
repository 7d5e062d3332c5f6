//! Members at Google: who has which role on which bucket, folder, dataset, account or project, read out of Terraform's files and compared with what
//! the program says. Bindings that nobody has declared are more, however harmless they look; a resource that is not known is not understood.

use super::Artifacts;
use super::report::{Difference, Report, Side};
use crate::base::{FileId, Span};
use crate::ir::Program;
use crate::ir::google::Reach;
use hcl::expr::Expression;
use hcl::structure::{Block, Body, Structure};
use std::collections::{BTreeMap, BTreeSet};

/// Resources on which nobody's access hangs: that they are as built is compared block by block.
const PASSIVE: [&str; 9] = [
    "google_storage_bucket",
    "google_storage_managed_folder",
    "google_kms_key_ring",
    "google_kms_crypto_key",
    "google_bigquery_connection",
    "google_bigquery_table",
    "google_bigquery_default_service_account",
    "google_storage_project_service_account",
    "google_service_account",
];
/// What any resource may have, and makes another of it, or runs something.
const NEVER: [&str; 6] = ["count", "for_each", "provider", "provisioner", "connection", "dynamic"];
const VIEWER: &str = "roles/storage.objectViewer";

/// Who has what: object, role, member.
type Held = BTreeSet<(String, String, String)>;

struct Reading<'a> {
    blocks: Vec<(FileId, &'a Block)>,
    held: BTreeMap<(String, String, String), Span>,
    unread: Vec<(Span, String)>,
}

/// Compares the members of all Google's resources.
pub(super) fn compare(program: &Program, artifacts: &Artifacts<'_>, report: &mut Report) {
    let mut bodies: Vec<(FileId, Body)> = Vec::new();
    for (path, file) in artifacts.under("terraform/").filter(|(p, _)| p.ends_with(".tf")) {
        match hcl::from_str::<Body>(artifacts.sources.text(file)) {
            Ok(body) => bodies.push((file, body)),
            Err(_) => report.push(told(Span::new(file, 0, 0), Side::NotUnderstood, ("", "", &path.to_string()), "is no HCL")),
        }
    }
    for (path, file) in artifacts.under("terraform/").filter(|(p, _)| p.ends_with(".json")) {
        report.push(told(
            Span::new(file, 0, 0),
            Side::NotUnderstood,
            ("", "", &path.to_string()),
            "beside what is emitted is not understood",
        ));
    }
    let blocks = bodies.iter().flat_map(|(file, body)| {
        body.0.iter().filter_map(move |s| if let Structure::Block(block) = s { Some((*file, block)) } else { None })
    });
    let google = |(_, b): &(FileId, &Block)| label(b, 0).starts_with("google_");
    let mut reading = Reading { blocks: blocks.filter(google).collect(), held: BTreeMap::new(), unread: Vec::new() };
    reading.all();
    let raw: BTreeSet<String> = by_hand(program);
    for (at, what) in reading.unread.iter().filter(|(_, what)| !raw.contains(what)) {
        report.push(told(*at, Side::NotUnderstood, ("", "", what), "is not understood"));
    }
    let wanted = wanted(program);
    report.cells += wanted.len();
    for ((object, role, member), at) in &reading.held {
        if !wanted.contains(&(object.clone(), role.clone(), member.clone())) {
            report.push(told(*at, Side::ArtifactHasMore, (member, role, object), "is given, and the program does not say so"));
        }
    }
    let first = bodies.first().map_or(Span::default(), |(file, _)| Span::new(*file, 0, 0));
    for (object, role, member) in &wanted {
        if !reading.held.contains_key(&(object.clone(), role.clone(), member.clone())) {
            report.push(told(first, Side::ProgramHasMore, (member, role, object), "is not given, and the program says so"));
        }
    }
    if !report.targets.contains(&"terraform") {
        report.targets.push("terraform");
    }
    report.sort();
}

/// What was written by hand into the project is what it says there.
fn by_hand(program: &Program) -> BTreeSet<String> {
    let bodies = program.platform.raw.iter().filter_map(|r| hcl::from_str::<Body>(&r.text).ok());
    bodies.flat_map(|b| b.into_blocks().map(|b| format!("{}.{}", label(&b, 0), label(&b, 1))).collect::<Vec<_>>()).collect()
}

fn told(at: Span, side: Side, (who, role, object): (&str, &str, &str), what: &str) -> Difference {
    let says = if who.is_empty() { format!("`{object}` {what}") } else { format!("`{role}` on {object} for {who} {what}") };
    Difference {
        at,
        side,
        target: "terraform",
        principal: who.to_owned(),
        verb: role.to_owned(),
        object: object.to_owned(),
        columns: Vec::new(),
        rows: None,
        says,
        because: None,
    }
}

fn label(block: &Block, index: usize) -> &str {
    block.labels.get(index).map_or("", |l| l.as_str())
}

fn attribute<'b>(block: &'b Block, key: &str) -> Option<&'b Expression> {
    block.body.attributes().find(|a| a.key.as_str() == key).map(|a| &a.expr)
}

fn text(block: &Block, key: &str) -> Option<String> {
    match attribute(block, key)? {
        Expression::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// `google_storage_bucket.raw.name`: its label.
fn referred<'e>(written: &'e str, kind: &str, fact: &str) -> Option<&'e str> {
    written.strip_prefix(kind)?.strip_prefix('.')?.strip_suffix(fact)?.strip_suffix('.')
}

impl<'a> Reading<'a> {
    fn all(&mut self) {
        for (file, block) in self.blocks.clone() {
            let at = Span::new(file, 0, 0);
            let strange = block.body.attributes().map(|a| a.key.as_str()).chain(block.body.blocks().map(|b| b.identifier.as_str()));
            // What Terraform would merge over another block.
            let named = |b: &Block| b.identifier == block.identifier && label(b, 0) == label(block, 0) && label(b, 1) == label(block, 1);
            let twice = self.blocks.iter().filter(|(_, b)| named(b)).count() > 1;
            let plain = !twice && strange.clone().all(|k| !NEVER.contains(&k));
            if !plain || self.block(at, block).is_none() {
                self.unread.push((at, format!("{}.{}", label(block, 0), label(block, 1))));
            }
        }
    }

    fn block(&mut self, at: Span, block: &'a Block) -> Option<()> {
        match (block.identifier.as_str(), label(block, 0)) {
            // Who exports and who builds is the account's to say, when Terraform runs.
            ("variable", _) => attribute(block, "default").is_none().then_some(()),
            ("data", "google_iam_policy") => Some(()),
            ("resource", "google_storage_bucket") => {
                let shut = attribute(block, "uniform_bucket_level_access") == Some(&Expression::Bool(true));
                (shut && text(block, "public_access_prevention").as_deref() == Some("enforced")).then_some(())
            }
            ("resource" | "data", kind) if PASSIVE.contains(&kind) => Some(()),
            ("resource", "google_storage_bucket_iam_policy") => {
                let bucket = self.bucket(block)?;
                self.policy(at, block, &format!("bucket {bucket}"))
            }
            ("resource", "google_storage_managed_folder_iam_policy") => {
                let folder = attribute(block, "managed_folder")?.to_string();
                let folder =
                    self.named("google_storage_managed_folder", referred(&folder, "google_storage_managed_folder", "name")?, "name")?;
                let bucket = self.bucket(block)?;
                self.policy(at, block, &format!("bucket {bucket}/{folder}"))
            }
            ("resource", "google_project_iam_member") => {
                let member = member(attribute(block, "member")?)?;
                self.hold(at, "the project", &text(block, "role")?, member)
            }
            ("resource", "google_service_account_iam_member") => {
                let other = attribute(block, "service_account_id")?.to_string();
                let other = referred(&other, "google_service_account", "name")?.to_owned();
                let member = member(attribute(block, "member")?)?;
                self.hold(at, &format!("service account {other}"), &text(block, "role")?, member)
            }
            // Google's own accounts use the keys, and read nothing by it.
            ("resource", "google_kms_crypto_key_iam_member") => {
                let member = attribute(block, "member")?.to_string();
                let own = ["google_storage_project_service_account.current", "google_bigquery_default_service_account.current"];
                let good = text(block, "role")? == "roles/cloudkms.cryptoKeyEncrypterDecrypter";
                (good && own.iter().any(|o| member.contains(&format!("data.{o}.")))).then_some(())
            }
            ("resource", "google_bigquery_dataset") => {
                let dataset = format!("dataset {}", text(block, "dataset_id")?);
                for access in block.body.blocks().filter(|b| b.identifier.as_str() == "access") {
                    self.let_in(at, &dataset, access)?;
                }
                Some(())
            }
            ("resource", "google_bigquery_dataset_access") => self.let_in(at, &format!("dataset {}", text(block, "dataset_id")?), block),
            _ => None,
        }
    }

    fn hold(&mut self, at: Span, object: &str, role: &str, member: String) -> Option<()> {
        self.held.insert((object.to_owned(), role.to_owned(), member), at);
        Some(())
    }

    fn bucket(&self, block: &Block) -> Option<String> {
        let written = attribute(block, "bucket")?.to_string();
        self.named("google_storage_bucket", referred(&written, "google_storage_bucket", "name")?, "name")
    }

    /// The name that a resource has in the cloud; verified is what is built without an environment's suffix.
    fn named(&self, kind: &str, called: &str, key: &str) -> Option<String> {
        let (_, found) =
            self.blocks.iter().find(|(_, b)| b.identifier.as_str() == "resource" && label(b, 0) == kind && label(b, 1) == called)?;
        let written = attribute(found, key)?.to_string();
        Some(written.trim_matches('"').trim_end_matches("${local.suffix}").to_owned())
    }

    fn policy(&mut self, at: Span, block: &Block, object: &str) -> Option<()> {
        let data = attribute(block, "policy_data")?.to_string();
        let data = data.strip_prefix("data.google_iam_policy.")?.strip_suffix(".policy_data")?;
        let (_, found) = *self
            .blocks
            .iter()
            .find(|(_, b)| b.identifier.as_str() == "data" && label(b, 0) == "google_iam_policy" && label(b, 1) == data)?;
        for binding in found.body.blocks() {
            let role = text(binding, "role").filter(|_| binding.identifier.as_str() == "binding")?;
            if binding.body.attributes().any(|a| !["role", "members"].contains(&a.key.as_str())) || binding.body.blocks().next().is_some() {
                return None;
            }
            for one in members(attribute(binding, "members")?)? {
                self.hold(at, object, &role, one)?;
            }
        }
        Some(())
    }

    /// An `access` block of a dataset.
    fn let_in(&mut self, at: Span, dataset: &str, access: &Block) -> Option<()> {
        let views: Vec<&Block> = access.body.blocks().collect();
        if let [views] = views.as_slice() {
            let inner = views.body.blocks().next()?;
            let views = attribute(views, "target_types")?.to_string().contains("VIEWS")
                && access.body.attributes().all(|a| ["project", "dataset_id", "depends_on"].contains(&a.key.as_str()));
            let other = text(inner, "dataset_id").filter(|_| views)?;
            return self.hold(at, dataset, "its views read", format!("dataset {other}"));
        }
        let role = match text(access, "role")?.as_str() {
            "READER" => "roles/bigquery.dataViewer".to_owned(),
            "WRITER" => "roles/bigquery.dataEditor".to_owned(),
            "OWNER" => "roles/bigquery.dataOwner".to_owned(),
            other => other.to_owned(),
        };
        let mut who = access.body.attributes().filter(|a| a.key.as_str() != "role");
        let (one, more) = (who.next()?, who.next());
        let member = match one.key.as_str() {
            "special_group" => (text(access, "special_group")? == "projectOwners").then(|| "owners".to_owned())?,
            "user_by_email" => member(&one.expr)?,
            _ => return None,
        };
        if more.is_some() { None } else { self.hold(at, dataset, &role, member) }
    }
}

fn members(written: &Expression) -> Option<Vec<String>> {
    match written {
        Expression::Array(all) => all.iter().map(member).collect(),
        Expression::FuncCall(call) if call.name.to_string() == "concat" => {
            let mut found = Vec::new();
            for part in &call.args {
                found.extend(members(part)?);
            }
            Some(found)
        }
        open if open.to_string() == "var.google_exporters" => Some(vec!["exporters".to_owned()]),
        _ => None,
    }
}

/// Who a member is, as the program would call them.
fn member(written: &Expression) -> Option<String> {
    if let Expression::String(text) = written {
        let owners = text.strip_prefix("projectOwner:").map(|_| "owners".to_owned());
        return owners.or_else(|| text.starts_with("group:").then(|| text.clone()));
    }
    let text = written.to_string();
    let account = referred(&text, "google_service_account", "member").or_else(|| referred(&text, "google_service_account", "email"));
    if let Some(account) = account {
        return Some(format!("service account {account}"));
    }
    match text.trim_matches('"') {
        "var.google_builder" => Some("builder".to_owned()),
        "serviceAccount:${google_bigquery_connection.files.cloud_resource[0].service_account_id}" => Some("connection files".to_owned()),
        other => other.strip_prefix("projectOwner:${var.").map(|_| "owners".to_owned()),
    }
}

/// What the program says of members at Google.
fn wanted(program: &Program) -> Held {
    let mut held = Held::new();
    let mut hold = |object: &str, role: &str, member: String| _ = held.insert((object.to_owned(), role.to_owned(), member));
    let here = || (0u32..).zip(&program.buckets).filter(|(_, b)| b.lies_in(program, "gcp"));
    let object = |reach: &Reach| match reach {
        Reach::Project => "the project".to_owned(),
        Reach::Bucket(index) => format!("bucket {}", program.buckets.get(*index as usize).map_or("", |b| &b.bucket_name)),
        Reach::Dataset(name) => format!("dataset {name}"),
        Reach::Account(name) => format!("service account {name}"),
    };
    for account in &program.platform.accounts {
        for right in &account.rights {
            hold(&object(&right.on), right.role.name, format!("service account {}", account.name));
        }
    }
    let owner = "roles/storage.legacyBucketOwner";
    if here().next().is_some() {
        let logs = format!("bucket {}-access-logs", plain(program));
        hold(&logs, owner, "owners".to_owned());
        hold(&logs, VIEWER, "owners".to_owned());
        hold(&logs, "roles/storage.objectCreator", "group:cloud-storage-analytics@google.com".to_owned());
    }
    for (index, bucket) in here() {
        let name = format!("bucket {}", bucket.bucket_name);
        hold(&name, owner, "owners".to_owned());
        if program.platform.externals.iter().any(|e| e.bucket == index) {
            hold(&name, VIEWER, "connection files".to_owned());
        } else {
            hold(&name, "roles/storage.objectCreator", "exporters".to_owned());
        }
    }
    readers(program, &mut hold);
    if program.makes_datasets() {
        datasets(program, &mut hold);
    }
    held
}

/// Groups that read files: all of a bucket, or folders of it.
fn readers(program: &Program, hold: &mut impl FnMut(&str, &str, String)) {
    let all = program.file_readers();
    for (index, bucket) in (0u32..).zip(&program.buckets).filter(|(_, b)| b.lies_in(program, "gcp")) {
        let exports: Vec<_> = program.exports.iter().zip(&all).filter(|(e, _)| e.bucket == index).collect();
        for role in &program.roles {
            let Some(group) = &role.google_group else { continue };
            let mine: Vec<_> = exports.iter().filter(|(_, r)| r.iter().any(|r| r.role == role.name)).collect();
            let whole = !mine.is_empty() && mine.len() == exports.len();
            for (export, _) in mine {
                let folder = if whole { String::new() } else { format!("/{}", export.prefix()) };
                hold(&format!("bucket {}{folder}", bucket.bucket_name), VIEWER, format!("group:{group}"));
            }
        }
    }
}

/// Owners, who builds, groups that ask, and views that read for them.
fn datasets(program: &Program, hold: &mut impl FnMut(&str, &str, String)) {
    let groups: BTreeSet<_> = program.roles.iter().filter_map(|r| r.google_group.as_ref()).collect();
    for schema in program.datasets() {
        hold(&format!("dataset {schema}"), "roles/bigquery.dataOwner", "owners".to_owned());
        if !groups.is_empty() {
            hold(&format!("dataset {schema}"), "roles/bigquery.dataOwner", "builder".to_owned());
        }
    }
    let access = super::bigquery::Asked::of(program);
    for group in access.groups {
        hold("the project", "roles/bigquery.jobUser", format!("group:{group}"));
    }
    for (read, by) in access.authorized {
        hold(&format!("dataset {read}"), "its views read", format!("dataset {by}"));
    }
}

/// The project's name as Google's buckets take it.
fn plain(program: &Program) -> String {
    let good = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    program.project.name.as_str().chars().map(good).take(63).collect()
}
