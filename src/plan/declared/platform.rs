//! What a platform runs on, as resources: which of their parts cannot be changed in place follows the Terraform provider for AWS.

use crate::base::short_digest;
use crate::ir::Program;
use crate::ir::platform::{Compute, Expr, Given, NetworkKind, Origin, Side, Source, Value};
use crate::plan::declared::resources::{Resource, Resources};

fn given(given: &Given) -> String {
    match given {
        Given::Text(text) => text.to_string(),
        Given::Variable(name) => format!("var({name})"),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Integer(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Texts(all) => format!("{all:?}"),
    }
}

fn yes(on: bool, word: &str) -> String {
    if on { word.to_owned() } else { String::new() }
}

pub(in crate::plan) fn origin(origin: &Origin) -> String {
    let adopted = origin.adopt.as_ref().map(|(id, environment)| match environment {
        Some(environment) => format!("adopts {id} in {environment}"),
        None => format!("adopts {id}"),
    });
    let moved = origin.moved_from.as_ref().map(|old| format!("moved from {old}"));
    let called = origin.called.as_ref().map(|name| format!("called {name}"));
    adopted.into_iter().chain(moved).chain(called).collect::<Vec<_>>().join("; ")
}

fn known(value: &Expr) -> String {
    match value {
        Expr::Text(text) => format!("{text:?}"),
        Expr::Variable(name) => format!("var({name})"),
        Expr::Bucket(index) => format!("bucket {index}"),
        Expr::Database(name, fact) => format!("database.{name}.{fact:?}").to_lowercase(),
        Expr::Compute(name, fact) => format!("compute.{name}.{fact:?}").to_lowercase(),
        Expr::Network(name) => format!("network.{name}.id"),
        Expr::Dataset(name) => format!("dataset.{name}.id"),
        Expr::Account(name) => format!("service_account.{name}.email"),
        Expr::Environment => "environment".to_owned(),
    }
}

pub(in crate::plan) fn environments(program: &Program) -> Resources {
    let one = |e: &crate::ir::platform::Environment| {
        let values = e.values.iter().map(|(n, v)| format!("{n} = {}", value(v))).collect::<Vec<_>>().join("; ");
        let parts = vec![("suffix", e.suffix.to_string()), ("may be lost", yes(e.disposable, "disposable")), ("values", values)];
        (e.name.to_string(), Resource { parts, fixed: &["suffix"], at: e.at })
    };
    program.platform.environments.iter().map(one).collect()
}

pub(in crate::plan) fn variables(program: &Program) -> Resources {
    let one = |v: &crate::ir::platform::Variable| {
        let parts = vec![
            ("type", v.ty.name().to_owned()),
            ("default", v.default.as_ref().map_or(String::new(), value)),
            ("one of", v.one_of.join(", ")),
            ("matches", v.matches.as_deref().unwrap_or("").to_owned()),
            ("range", v.range.map_or(String::new(), |(a, b)| format!("{a} to {b}"))),
            ("sensitive", yes(v.sensitive, "sensitive")),
        ];
        (v.name.to_string(), Resource { parts, fixed: &[], at: v.at })
    };
    program.platform.variables.iter().map(one).collect()
}

pub(in crate::plan) fn networks(program: &Program) -> Resources {
    let one = |n: &crate::ir::platform::Network| {
        let mut parts = match &n.kind {
            NetworkKind::Own { cidr, zones, nat } => vec![
                ("addresses", cidr.to_string()),
                ("zones", zones.to_string()),
                ("private subnets reach", yes(*nat, "the internet")),
                ("the account's default, because", String::new()),
            ],
            NetworkKind::Default(because) => vec![
                ("addresses", String::new()),
                ("zones", String::new()),
                ("private subnets reach", String::new()),
                ("the account's default, because", because.to_string()),
            ],
        };
        parts.push(("from", origin(&n.origin)));
        (n.name.to_string(), Resource { parts, fixed: &["addresses", "the account's default, because"], at: n.at })
    };
    program.platform.networks.iter().map(one).collect()
}

pub(in crate::plan) fn databases(program: &Program) -> Resources {
    let one = |d: &crate::ir::platform::Database| {
        let parts = vec![
            ("first database", d.database.to_string()),
            ("administrator", d.user.to_string()),
            ("network", d.network.to_string()),
            ("version", format!("postgres {}", d.version)),
            ("class", given(&d.class)),
            ("storage", format!("{} to {} GB", d.storage.0, d.storage.1)),
            ("backups", format!("{} days", d.backup_days)),
            ("from", origin(&d.origin)),
        ];
        (d.name.to_string(), Resource { parts, fixed: &["first database", "administrator"], at: d.at })
    };
    program.platform.databases.iter().map(one).collect()
}

fn allows(compute: &Compute) -> String {
    let one = |a: &crate::ir::platform::Allow| {
        let from = match &a.from {
            Source::Cidr(cidr) => cidr.to_string(),
            Source::Compute(name) => name.to_string(),
        };
        let because = a.because.as_deref().map_or(String::new(), |b| format!(" because {b:?}"));
        format!("{} from {from}{because}", a.port)
    };
    compute.allows.iter().map(one).collect::<Vec<_>>().join("; ")
}

pub(in crate::plan) fn computes(program: &Program) -> Resources {
    let one = |c: &Compute| {
        let uses: Vec<&str> = c.uses.iter().map(crate::base::Ident::as_str).collect();
        let environment: Vec<String> = c.environment.iter().map(|(n, v)| format!("{n} = {}", known(v))).collect();
        let secrets: Vec<&str> = c.secrets.iter().map(|s| &**s).collect();
        let script = c
            .bootstrap
            .as_ref()
            .map_or(String::new(), |(path, text)| format!("{path}, {} lines, {}", text.lines().count(), short_digest(&**text, 12)));
        let parts = vec![
            ("image", given(&c.image)),
            ("subnet", format!("{} {}", c.network, if c.side == Side::Public { "public" } else { "private" })),
            ("type", given(&c.class)),
            ("reached on", allows(c)),
            ("reaches", uses.join(", ")),
            ("exports", yes(c.runs_exports, "writes all of them")),
            ("loads", yes(c.runs_loads, "moves what all of them read")),
            ("runs", c.runs.iter().map(|(n, _)| n.to_string()).collect::<Vec<_>>().join(", ")),
            ("secrets", secrets.join(", ")),
            ("disk", format!("{} GB", c.disk)),
            ("sessions", yes(c.sessions, "through Systems Manager")),
            ("containers", yes(c.containers, "get its credentials")),
            ("first start", script),
            ("its environment", environment.join("; ")),
            ("from", origin(&c.origin)),
        ];
        (c.name.to_string(), Resource { parts, fixed: &["image", "subnet"], at: c.at })
    };
    program.platform.computes.iter().map(one).collect()
}

pub(in crate::plan) fn datasets(program: &Program) -> Resources {
    let one = |d: &crate::ir::google::Dataset| {
        let crate::ir::google::Dataset { name, labels, expire_days, origin: from, doc: _, at } = d;
        let labels = labels.iter().map(|(k, v)| format!("{k} = {v}")).collect::<Vec<_>>().join(", ");
        let parts = vec![
            ("labels", labels),
            ("tables are kept", expire_days.map_or(String::new(), |d| format!("{d} days"))),
            ("from", origin(from)),
        ];
        (name.to_string(), Resource { parts, fixed: &[], at: *at })
    };
    program.platform.datasets.iter().map(one).collect()
}

/// Tables over files: what a table is made of cannot be changed under it.
pub(in crate::plan) fn externals(program: &Program) -> Resources {
    let one = |e: &crate::ir::google::External| {
        let crate::ir::google::External { table, bucket, folder, format, partitions, at } = e;
        let known = program.table(*table)?;
        let place = program.buckets.get(*bucket as usize).map_or(String::new(), |b| b.name.to_string());
        let by = partitions.iter().filter_map(|p| Some(known.columns.get(*p as usize)?.name.to_string()));
        let parts = vec![("files", format!("{} in {place}/{folder}", format.name())), ("folders by", by.collect::<Vec<_>>().join(", "))];
        Some((format!("{}.{}", program.dataset_of(*table)?, known.name), Resource { parts, fixed: &["files", "folders by"], at: *at }))
    };
    program.platform.externals.iter().filter_map(one).collect()
}

pub(in crate::plan) fn accounts(program: &Program) -> Resources {
    use crate::ir::google::Reach;
    let one = |a: &crate::ir::google::ServiceAccount| {
        let crate::ir::google::ServiceAccount { name, clearance, rights, origin: from, doc: _, at } = a;
        let right = |r: &crate::ir::google::Right| {
            let on = match &r.on {
                Reach::Project => "all of the project".to_owned(),
                Reach::Bucket(index) => format!("bucket {}", program.buckets.get(*index as usize).map_or("", |b| b.name.as_str())),
                Reach::Dataset(name) => format!("dataset {name}"),
                Reach::Account(name) => format!("service account {name}"),
            };
            let because = r.because.as_deref().map_or(String::new(), |b| format!(" because {b:?}"));
            format!("{} on {on}{because}", r.role.name)
        };
        let mut rights: Vec<String> = rights.iter().map(right).collect();
        rights.sort_unstable();
        let cleared = clearance.as_ref().map_or(String::new(), ToString::to_string);
        let parts = vec![("clearance", cleared), ("may", rights.join("; ")), ("from", origin(from))];
        (name.to_string(), Resource { parts, fixed: &[], at: *at })
    };
    program.platform.accounts.iter().map(one).collect()
}

pub(in crate::plan) fn outputs(program: &Program) -> Resources {
    let one =
        |o: &crate::ir::platform::Output| (o.name.to_string(), Resource { parts: vec![("value", known(&o.value))], fixed: &[], at: o.at });
    program.platform.outputs.iter().map(one).collect()
}

/// Terraform as it was written: as one text, blanks at the ends of lines aside.
pub(in crate::plan) fn raw(program: &Program) -> Resources {
    let one = |(number, r): (u32, &crate::ir::platform::Raw)| {
        let text: Vec<&str> = r.text.trim().lines().map(str::trim).collect();
        (number.to_string(), Resource { parts: vec![("text", text.join("\n"))], fixed: &[], at: r.at })
    };
    (1u32..).zip(&program.platform.raw).map(one).collect()
}

pub(in crate::plan) fn state(program: &Program) -> Resources {
    let one = |s: &crate::ir::platform::State| {
        ("state".to_owned(), Resource { parts: vec![("lies in", format!("{} {}", s.kind, s.bucket))], fixed: &[], at: program.project.at })
    };
    program.project.state.iter().map(one).collect()
}
