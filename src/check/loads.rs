//! Files that are loaded are not files that the platform itself wrote.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Program;

/// A bucket whose files are loaded takes no exports: whoever writes one side would fill the other, and roles that read an export by the beginning of its keys
/// would read what was brought.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for load in &program.loads {
        let Some(bucket) = load.bucket else { continue };
        let Some(export) = program.exports.iter().find(|e| e.bucket == bucket) else { continue };
        let name = program.buckets.get(bucket as usize).map_or("", |b| b.name.as_str());
        let message = format!("bucket `{name}` is read by load `{}` and written by export `{}`", load.name, export.name);
        let problem = Diagnostic::error(Code::LoadPlace, load.at, message).label("read here").mark(export.at, "written here");
        diagnostics.push(problem.help("use a bucket of its own for what is brought"));
    }
}
