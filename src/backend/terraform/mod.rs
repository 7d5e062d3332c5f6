//! Terraform: buckets that are private, encrypted, versioned, logged and emptied in time, and the IAM policies of who reads and writes them;
//! datasets of BigQuery that are closed to all but who builds.

mod accounts;
mod bucket;
mod called;
mod datasets;
mod externals;
mod google;
mod google_bucket;
mod hcl;
mod logs;
mod platform;
mod policy;
mod settings;
mod tagged;

#[cfg(test)]
mod tests;

use super::aws::{Access, MachineAccess, Policy, Word, buckets};
use super::google as google_access;
use super::{Backend, FileTree, text};
use crate::base::Ident;
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::{Program, Thing};
use ::hcl::structure::Body;
use std::collections::{BTreeMap, BTreeSet};

/// The back end.
pub(super) struct Terraform;

impl Backend for Terraform {
    fn id(&self) -> &'static str {
        "terraform"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let program = program.program();
        let datasets =
            google_access::Access::new(program).filter(|_| program.project.clouds.iter().any(|c| *c.provider == *google_access::GCP));
        let buckets = buckets(program).next().is_some();
        let (aws, google) = (buckets || platform::on_aws(program), at_google_at_all(program));
        if !aws && !google && program.platform.raw.is_empty() {
            return;
        }
        let mut names = Names::new(program);
        let mut files =
            vec![("versions".to_owned(), "What runs this, and where.".to_owned(), hcl::print(&settings::versions(program, aws, google)))];
        if buckets {
            let access = Access::of(program, diagnostics);
            names.machines = names.of_machines(&access);
            files.extend(on_aws(&names, &access));
        } else if aws {
            let says = "What only the account knows.".to_owned();
            files.extend(settings::region_variable(program).map(|body| ("variables".to_owned(), says, hcl::print(&body))));
        }
        for (name, says, text) in platform::files(&names) {
            // Variables and outputs of all kinds stand in one file each.
            match files.iter_mut().find(|(n, _, _)| *n == name) {
                Some((_, _, before)) => before.push_str(&format!("\n{text}")),
                None => files.push((name, says, text)),
            }
        }
        if google {
            files.extend(at_google(&names, datasets.as_ref()));
        }
        for (name, says, text) in &files {
            let header = text::comment("#", &text::header(says, &text::whole_project(program)));
            text::put(out, diagnostics, &format!("terraform/{name}.tf"), program.project.at, format!("{header}\n{text}"));
        }
        for (name, text) in platform::other_files(program) {
            text::put(out, diagnostics, &format!("terraform/{name}"), program.project.at, text);
        }
        let bodies: Vec<Body> = files.iter().filter_map(|(_, _, text)| ::hcl::parse(text).ok()).collect();
        let called = called::of(&bodies);
        called::check(program, &called, diagnostics);
        platform::put_raw(program, (&bodies, &called), out, diagnostics);
    }
}

/// Name, what it says, and text.
type File = (String, String, String);

fn on_aws(names: &Names<'_>, access: &Access) -> Vec<File> {
    let program = names.program;
    let file = |name: &str, says: &str, text: String| (name.to_owned(), says.to_owned(), text);
    let mut files = vec![
        file("logs", "Who asked the buckets for what. It holds no data of the platform.", logs::print(names)),
        file("variables", "What only the account knows.", hcl::print(&settings::variables(program))),
        file("access", "Who reads and who writes, as IAM policies.", hcl::print(&policy::body(names, access))),
        file("outputs", "What others need to know.", hcl::print(&settings::outputs(program, names, access))),
    ];
    for (index, bucket) in buckets(program) {
        let guard = access.buckets.get(&index).map(|b| &b.policy);
        files.push(file(&format!("bucket_{}", names.bucket(index)), &bucket.doc, bucket::print(names, index, bucket, guard)));
    }
    files
}

fn at_google_at_all(program: &Program) -> bool {
    let datasets = program.makes_datasets() && !program.datasets().is_empty();
    datasets || google_access::buckets(program).next().is_some() || accounts::all(program).next().is_some()
}

fn at_google(names: &Names<'_>, access: Option<&google_access::Access<'_>>) -> Vec<File> {
    let program = names.program;
    let file = |name: &str, says: &str, body: Body| (name.to_owned(), says.to_owned(), hcl::print(&body));
    let mut files = vec![file("google", "Where it lies at Google.", google::provider(program))];
    let variables = google::variables(program, access);
    if variables.iter().next().is_some() {
        files.push(file("google_variables", "What only the account knows.", variables));
    }
    let mut rings = Body::builder();
    if google_access::buckets(program).next().is_some() {
        let says = "Who asked the buckets for what. It holds no data of the platform.";
        files.push(("google_logs".to_owned(), says.to_owned(), google::print_logs(names)));
        rings = rings.add_block(google::ring(program, "buckets", google::location(program)));
    }
    for (index, bucket) in google_access::buckets(program) {
        let label = Ident::exact(names.bucket(index));
        let (main, body) = (format!("google_storage_bucket.{label}"), google_bucket::body(names, index, bucket));
        let body = tagged::on(program, Thing::Bucket, &bucket.name, body);
        let text = platform::origin::with(program, &bucket.origin, ("", &label), &main, &body);
        files.push((format!("bucket_{label}"), bucket.doc.to_string(), text));
    }
    let written = |name: &str, says: &str, text: String| (name.to_owned(), says.to_owned(), text);
    let datasets = program.makes_datasets() && !program.datasets().is_empty();
    if datasets {
        rings = rings.add_block(google::ring(program, "datasets", google::dataset_location(program)));
        files.push(written("datasets", "Datasets, and whose views read which of them.", datasets::text(program, access)));
    }
    if externals::any(program) {
        let labels = datasets::labels(program);
        let text = externals::print(names, |schema| labels.get(schema).cloned().unwrap_or_default());
        files.push(written("external_tables", "Tables that are files in a bucket, and who reads those.", text));
    }
    if accounts::all(program).next().is_some() {
        files.push(written("service_accounts", "Who works here that is nobody, and what they may do.", accounts::print(program)));
    }
    if datasets || google_access::buckets(program).next().is_some() {
        files.push(file("google_keys", "Rings of the keys that encrypt what lies at Google.", rings.build()));
    }
    files
}

/// Names of resources: letters, digits and `_`.
struct Names<'p> {
    program: &'p Program,
    buckets: Vec<String>,
    roles: BTreeMap<Ident, String>,
    groups: BTreeMap<String, String>,
    /// The policies that each machine has, by their names.
    machines: BTreeMap<Ident, Vec<String>>,
}

impl<'p> Names<'p> {
    fn new(program: &'p Program) -> Self {
        let mut stems = text::Stems::default();
        ["logs", "google_logs", "datasets"].iter().for_each(|taken| drop(stems.claim(taken)));
        platform::labels(program).for_each(|taken| drop(stems.claim(&taken)));
        let buckets = program.buckets.iter().map(|b| identifier(&stems.claim(b.name.as_str()))).collect();
        let mut stems = text::Stems::default();
        ["exporter", "exporter_writes", "loader", "loader_reads"].iter().for_each(|taken| drop(stems.claim(taken)));
        for machine in &program.platform.computes {
            ["exporter_writes", "loader_reads"].iter().for_each(|stem| drop(stems.claim(&policy::of_machine(stem, &machine.name))));
        }
        let roles = program.roles.iter().map(|r| (r.name.clone(), identifier(&stems.claim(r.name.as_str())))).collect();
        let mut stems = text::Stems::default();
        let groups: BTreeSet<&str> = program.roles.iter().filter_map(|r| r.aws_group.as_deref()).collect();
        let groups = groups.into_iter().map(|g| (g.to_owned(), identifier(&stems.claim(g)))).collect();
        Names { program, buckets, roles, groups, machines: BTreeMap::new() }
    }

    fn bucket(&self, index: u32) -> &str {
        self.buckets.get(index as usize).map_or("", String::as_str)
    }

    fn role(&self, role: &Ident) -> &str {
        self.roles.get(role).map_or("", String::as_str)
    }

    fn group(&self, group: &str) -> &str {
        self.groups.get(group).map_or("", String::as_str)
    }

    /// What each machine takes, by the names of its own policies: what else there is to run changes nothing of them.
    fn of_machines(&self, access: &Access) -> BTreeMap<Ident, Vec<String>> {
        let named = |machine: &Ident, stem: &str, own: &[Policy<Word>]| -> Vec<String> {
            self.policies(&policy::of_machine(stem, machine)).take(own.len()).collect()
        };
        let both = |(machine, takes): (&Ident, &MachineAccess)| {
            let mut all = named(machine, "exporter_writes", &takes.exports);
            all.extend(named(machine, "loader_reads", &takes.loads));
            (machine.clone(), all)
        };
        access.machines.iter().map(both).collect()
    }

    fn machine_policies(&self, machine: &Ident) -> &[String] {
        self.machines.get(machine).map_or(&[], Vec::as_slice)
    }

    /// The names of policies that belong together: `analyst`, `analyst__2`, …
    fn policies<'n>(&self, first: &'n str) -> impl Iterator<Item = String> + 'n {
        (1u32..).map(move |n| if n == 1 { first.to_owned() } else { format!("{first}__{n}") })
    }
}

/// A name Terraform takes: it may not begin with a digit.
fn identifier(stem: &str) -> String {
    if stem.starts_with(|c: char| c.is_ascii_digit()) { format!("_{stem}") } else { stem.to_owned() }
}
