//! What is made, changed, replaced or destroyed outside the warehouse's tables. What forces a replacement follows the Terraform provider for AWS: a
//! bucket's name cannot be changed in place, a resource under another name in the configuration is another resource, and a provider's region
//! is where everything lies.

use crate::base::Span;
use crate::ir::{Program, SecretStore, Setting};
use crate::plan::access::Both;
use crate::plan::common::words::{by_name, causes, differs};
use crate::plan::declared::declarations::setting;
use crate::plan::declared::platform;
use crate::plan::format::counted;
use crate::plan::report::{Action, Detail, Edit, ResourceChange, Which};
use std::collections::BTreeMap;

/// A resource: its parts, which of them cannot be changed in place, and where it is declared.
pub(in crate::plan) struct Resource {
    pub(in crate::plan) parts: Vec<(&'static str, String)>,
    /// Parts whose change makes it another one.
    pub(in crate::plan) fixed: &'static [&'static str],
    pub(in crate::plan) at: Span,
}

/// Everything that changes outside.
pub(in crate::plan) fn resources(both: &Both<'_>) -> Vec<ResourceChange> {
    let (base, head) = (both.base.program, both.head.program);
    let mut found = Vec::new();
    for (kind, was, is) in [
        ("bucket", buckets(base), buckets(head)),
        ("access policy", policies(base), policies(head)),
        ("database role", database_roles(base), database_roles(head)),
        ("schema", schemas(base), schemas(head)),
        ("cloud", clouds(base), clouds(head)),
        ("warehouse", warehouse(base), warehouse(head)),
        ("project", targets(base), targets(head)),
        ("secret", secrets(base), secrets(head)),
        ("environment", platform::environments(base), platform::environments(head)),
        ("variable", platform::variables(base), platform::variables(head)),
        ("network", platform::networks(base), platform::networks(head)),
        ("database", platform::databases(base), platform::databases(head)),
        ("machine", platform::computes(base), platform::computes(head)),
        ("dataset", platform::datasets(base), platform::datasets(head)),
        ("table over files", platform::externals(base), platform::externals(head)),
        ("service account", platform::accounts(base), platform::accounts(head)),
        ("output", platform::outputs(base), platform::outputs(head)),
        ("raw terraform", platform::raw(base), platform::raw(head)),
        ("terraform", platform::state(base), platform::state(head)),
        ("owner and tags of", tagged(base), tagged(head)),
    ] {
        by_name(was, is, |edit, name, before, after| found.extend(compared(both, kind, (edit, name), before, after)));
    }
    found.sort_by(|a, b| (std::cmp::Reverse(a.action), &a.kind, &a.name).cmp(&(std::cmp::Reverse(b.action), &b.kind, &b.name)));
    found
}

fn compared(
    both: &Both<'_>,
    kind: &str,
    (edit, name): (Edit, String),
    before: Option<Resource>,
    after: Option<Resource>,
) -> Option<ResourceChange> {
    let (mut details, mut action) = (Vec::new(), Action::Update);
    match (&before, &after) {
        (Some(b), Some(a)) => {
            let pairs = b.parts.iter().zip(&a.parts);
            details.extend(pairs.filter_map(|((what, before), (_, after))| differs(what, before.as_str(), after.as_str())));
            let forces = |d: &Detail| a.fixed.contains(&d.what.as_str());
            details.sort_by_key(|d| !forces(d));
            if details.first().is_some_and(forces) {
                action = Action::Replace;
            }
            if details.is_empty() {
                return None;
            }
        }
        _ => action = if edit == Edit::Added { Action::Create } else { Action::Destroy },
    }
    let at = |r: &Option<Resource>| r.as_ref().map(|r| r.at).filter(|at| *at != Span::default());
    let mut caused_by = causes(Which::Base, both.base, at(&before));
    caused_by.extend(causes(Which::Head, both.head, at(&after)));
    Some(ResourceChange { action, kind: kind.to_owned(), name, details, caused_by })
}

pub(in crate::plan) type Resources = BTreeMap<String, Resource>;

/// Who answers for what, and its tags.
fn tagged(program: &Program) -> Resources {
    let one = |((thing, name), said): (&(crate::ir::Thing, crate::base::Ident), &crate::ir::Tagged)| {
        let tags: Vec<&str> = said.tags.iter().map(|(t, _)| &**t).collect();
        let owner = said.owner.as_ref().map_or(String::new(), |(o, _)| o.to_string());
        let at = said.owner.as_ref().or(said.tags.first()).map(|(_, at)| *at).unwrap_or_default();
        (format!("{} {name}", thing.name()), Resource { parts: vec![("owner", owner), ("tags", tags.join(", "))], fixed: &[], at })
    };
    program.tagged.iter().map(one).collect()
}

fn days(days: Option<u32>) -> String {
    days.map_or(String::new(), |d| counted(d, "day", "days"))
}

/// Where a bucket lies: its cloud, and what of the cloud's settings cannot be changed under it.
fn region(program: &Program, bucket: &crate::ir::Bucket) -> (String, String) {
    let Some(cloud) = bucket.cloud(program) else { return (String::new(), String::new()) };
    let places = ["region", "location", "project"].iter().filter_map(|k| Some(format!("{k} = {}", setting(cloud.settings.get(*k)?))));
    (cloud.provider.to_string(), places.collect::<Vec<_>>().join("; "))
}

fn buckets(program: &Program) -> Resources {
    let groups = |b: &crate::ir::Bucket| {
        let readers = program.roles.iter().filter(|r| b.readers.contains(&r.name));
        let groups_of = |r: &'_ crate::ir::Role| [r.aws_group.clone(), r.google_group.clone()];
        let mut groups: Vec<String> = readers.flat_map(groups_of).flatten().map(|g| g.to_string()).collect();
        groups.sort_unstable();
        groups.join(", ")
    };
    let one = |b: &crate::ir::Bucket| {
        // A field that is new does not compile before somebody has said how it compares. Where it lies is asked of the cloud
        // it is `on`; its documentation is a comment.
        let crate::ir::Bucket { name, bucket_name, on: _, clearance, readers, archive_days, expire_days, origin, doc: _, at } = b;
        let mut readers: Vec<&str> = readers.iter().map(crate::base::Ident::as_str).collect();
        readers.sort_unstable();
        let parts = vec![
            ("name", bucket_name.to_string()),
            ("cloud", region(program, b).0),
            ("region", region(program, b).1),
            ("clearance", clearance.to_string()),
            ("readers", readers.join(", ")),
            ("readers' groups", groups(b)),
            ("from", crate::plan::declared::platform::origin(origin)),
            ("archive", days(*archive_days)),
            ("expire", days(*expire_days)),
        ];
        (name.to_string(), Resource { parts, fixed: &["name", "cloud", "region"], at: *at })
    };
    program.buckets.iter().map(one).collect()
}

/// What each role that reads files is given in the cloud, and the groups that have it.
fn policies(program: &Program) -> Resources {
    let readers = program.file_readers();
    let reading = program.roles.iter().filter_map(|role| {
        let files = program.exports.iter().zip(&readers).filter(|(_, all)| all.iter().any(|r| r.role == role.name));
        let files = files.map(|(e, _)| format!("export {}", e.name));
        let whole = program.buckets.iter().filter(|b| b.readers.contains(&role.name)).map(|b| format!("bucket {}", b.name));
        let read: std::collections::BTreeSet<String> = whole.chain(files).collect();
        let read: Vec<String> = (!read.is_empty()).then(|| read.into_iter().collect())?;
        let group = |g: &Option<std::sync::Arc<str>>| g.as_deref().unwrap_or("").to_owned();
        let parts = vec![("reads", read.join(", ")), ("aws group", group(&role.aws_group)), ("google group", group(&role.google_group))];
        Some((role.name.to_string(), Resource { parts, fixed: &[], at: role.at }))
    });
    reading.collect()
}

fn database_roles(program: &Program) -> Resources {
    let named = program.roles.iter().filter_map(|r| {
        let parts = vec![("role", r.name.to_string())];
        Some((r.postgres.as_ref()?.to_string(), Resource { parts, fixed: &[], at: r.at }))
    });
    named.collect()
}

fn schemas(program: &Program) -> Resources {
    let one = |l: &crate::ir::Layer| (l.schema.to_string(), Resource { parts: Vec::new(), fixed: &[], at: l.at });
    program.layers.iter().map(one).collect()
}

fn settings(all: &BTreeMap<std::sync::Arc<str>, Setting>) -> String {
    all.iter().map(|(k, v)| format!("{k} = {}", setting(v))).collect::<Vec<_>>().join("; ")
}

fn clouds(program: &Program) -> Resources {
    let one = |c: &crate::ir::Cloud| {
        let parts = vec![("settings", settings(&c.settings))];
        (c.provider.to_string(), Resource { parts, fixed: &[], at: program.project.at })
    };
    program.project.clouds.iter().map(one).collect()
}

fn warehouse(program: &Program) -> Resources {
    let one = |w: &crate::ir::Warehouse| {
        let parts = vec![("dialect", w.dialect.name().to_owned()), ("settings", settings(&w.settings))];
        ("warehouse".to_owned(), Resource { parts, fixed: &["dialect"], at: program.project.at })
    };
    program.project.warehouse.iter().map(one).collect()
}

/// What is made at all: the targets of `emit`.
fn targets(program: &Program) -> Resources {
    let mut all: Vec<&str> = program.project.emit.iter().map(|e| &**e).collect();
    all.sort_unstable();
    let store = match &program.project.secrets {
        SecretStore::Environment => "env".to_owned(),
        SecretStore::Airflow => "airflow".to_owned(),
        SecretStore::Vault(mount, folder) => format!("vault {mount}/{folder}"),
        SecretStore::Aws(folder) => format!("aws {folder}"),
    };
    let parts = vec![("emit", all.join(", ")), ("secrets", store)];
    BTreeMap::from([("targets".to_owned(), Resource { parts, fixed: &[], at: program.project.at })])
}

fn secrets(program: &Program) -> Resources {
    let one = |name: &std::sync::Arc<str>| (name.to_string(), Resource { parts: Vec::new(), fixed: &[], at: Span::default() });
    program.secrets.iter().map(one).collect()
}
