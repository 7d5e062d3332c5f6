//! Containers are programs that nobody here reads: what one may reach through its account may come out wherever it may write.

use super::sinks::Sink;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::google::{About, Reach, ServiceAccount};
use crate::ir::{Container, Program, Step, StepAction};

/// Steps that run containers as somebody.
fn steps(program: &Program) -> impl Iterator<Item = (&Step, &Container, &ServiceAccount)> {
    program.pipelines.iter().flat_map(|p| &p.steps).filter_map(|step| {
        let StepAction::Container(container) = &step.action else { return None };
        let name = container.account.as_ref()?;
        Some((step, container.as_ref(), program.platform.accounts.iter().find(|a| a.name == *name)?))
    })
}

/// Roles that let write.
fn writes(role: &str) -> bool {
    !role.ends_with("Viewer") && !role.ends_with("User") || role == "roles/storage.objectUser"
}

/// Buckets that a container may write into, with all that its account may read.
pub(super) fn sinks(program: &Program) -> Vec<Sink<'_>> {
    let mut sinks = Vec::new();
    for (step, _, account) in steps(program) {
        let read = program.read_by_account(account);
        for (index, bucket) in (0u32..).zip(&program.buckets) {
            let here = |r: &&crate::ir::google::Right| r.role.about == About::Files && writes(r.role.name) && r.on == Reach::Bucket(index);
            if !account.rights.iter().any(|r| here(&r)) {
                continue;
            }
            sinks.push(Sink {
                what: format!("bucket `{}`, by the container `{}`,", bucket.name, step.name),
                clearance: program.clearance(bucket.clearance.as_str()),
                declared: bucket.at,
                receives: read.iter().map(|(table, columns, _)| (*table, columns.clone(), step.at)).collect(),
                code: Code::Leak,
            });
        }
    }
    sinks
}

/// Refuses containers whose account could change what models make, or is somebody else, too: no label would hold.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for (step, container, account) in steps(program) {
        for right in account.rights.iter().filter(|r| writes(r.role.name) && r.role.about != About::Nothing) {
            let built = |name: &crate::base::Ident| program.layers.iter().any(|l| l.schema == *name);
            let what = match &right.on {
                Reach::Project => "everything in the project at Google".to_owned(),
                Reach::Dataset(name) if built(name) => format!("dataset `{name}`, which models fill"),
                Reach::Bucket(index) if program.exports.iter().any(|e| e.bucket == *index) => "a bucket that exports go to".to_owned(),
                _ => continue,
            };
            let message = format!("the container `{}` may write {what}, as service account `{}`", step.name, account.name);
            let problem = Diagnostic::error(Code::ContainerStep, step.at, message).mark(right.at, "by this role");
            diagnostics.push(problem.help("run it as an account that writes only what nobody else makes"));
        }
        let others = account.rights.iter().find(|r| r.role.about == About::Accounts);
        if let Some(right) = others {
            let message =
                format!("the container `{}` ({}) may be another service account than `{}`", step.name, container.image, account.name);
            let problem = Diagnostic::error(Code::ContainerStep, step.at, message).mark(right.at, "by this role");
            diagnostics.push(problem.help("run it as an account that is nobody else"));
        }
    }
}
