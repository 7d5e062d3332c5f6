//! What buckets are called in the cloud. An environment puts its suffix behind every name, so two names that differ as they are written may be one
//! where two environments meet: what is cleared for little would lie in what is cleared for much.

use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Program;
use std::collections::BTreeMap;

/// A bucket that something makes or writes to.
struct Named {
    /// What it is, for a message.
    what: String,
    /// S3 or Cloud Storage: each has a world of names.
    service: &'static str,
    name: String,
    /// Whether environments put their suffix behind it.
    suffixed: bool,
    declared: bool,
    at: Span,
}

/// P0202 for two buckets of one name, in whatever environments.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    let all = named(program);
    let environments: Vec<(&str, &str)> = program.platform.environments.iter().map(|e| (e.name.as_str(), &*e.suffix)).collect();
    let environments = if environments.is_empty() { vec![("", "")] } else { environments };
    let mut taken: BTreeMap<(&str, String), (usize, &str)> = BTreeMap::new();
    for (index, one) in all.iter().enumerate() {
        for (environment, suffix) in &environments {
            let full = if one.suffixed { format!("{}{suffix}", one.name) } else { one.name.clone() };
            let Some((first, there)) = taken.get(&(one.service, full.clone())).copied() else {
                taken.insert((one.service, full), (index, environment));
                continue;
            };
            let Some(other) = all.get(first).filter(|_| first != index) else { continue };
            // Two of one name as written have been told.
            if one.declared && other.declared && one.name == other.name {
                break;
            }
            let place = |named: &Named, environment: &str| match (named.suffixed, environment) {
                (false, _) | (_, "") => named.what.clone(),
                (true, environment) => format!("{} in `{environment}`", named.what),
            };
            let message = format!("{} and {} are the same bucket `{full}`", place(other, there), place(one, environment));
            let problem = Diagnostic::error(Code::DuplicateName, one.at, message).mark(other.at, "the first");
            diagnostics.push(
                problem.help("two clearances on one bucket protect nothing: let the names differ by more than an environment's suffix"),
            );
            break;
        }
    }
}

fn named(program: &Program) -> Vec<Named> {
    let at = program.project.at;
    let mut all = Vec::new();
    if let Some(state) = &program.project.state {
        let service = if *state.kind == *"gcs" { "gcs" } else { "s3" };
        let what = "the bucket of Terraform's state".to_owned();
        all.push(Named { what, service, name: state.bucket.to_string(), suffixed: false, declared: false, at });
    }
    if program.project.emit.iter().any(|e| **e == *"terraform") {
        let stem = program.project.name.as_str();
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let google: String = stem.chars().map(plain).take(63).collect();
        // As the back ends name them, where there is a bucket that logs into it.
        for (service, provider, name) in [("s3", "aws", stem.replace('_', "-")), ("gcs", "gcp", google)] {
            if program.buckets.iter().any(|b| b.lies_in(program, provider)) {
                let name = format!("{name}-access-logs");
                all.push(Named { what: "the bucket of access logs".to_owned(), service, name, suffixed: true, declared: false, at });
            }
        }
    }
    for bucket in &program.buckets {
        let service = if bucket.lies_in(program, "gcp") { "gcs" } else { "s3" };
        let (what, name) = (format!("`{}`", bucket.name), bucket.bucket_name.to_string());
        all.push(Named { what, service, name, suffixed: true, declared: true, at: bucket.at });
    }
    all
}
