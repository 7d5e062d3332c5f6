use crate::access::read_as;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Program, Verb};

/// Refuses exposures that show what who looks at them may not read: what a dashboard tells is told to whoever opens it.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for exposure in &program.exposures {
        for (role, role_at) in &exposure.roles {
            for (table, at) in &exposure.reads {
                let granted = [Verb::Read, Verb::View].into_iter().any(|verb| read_as(program, role, verb, *table).is_some());
                let Some(declared) = program.table(*table).filter(|_| !granted && !program.open.contains(table)) else { continue };
                let message = format!("exposure `{}` reads `{}`, which role `{role}` may not read", exposure.name, declared.name);
                let problem = Diagnostic::error(Code::ExposureNotGranted, *at, message).label("read here");
                let help = if declared.is_foreign() {
                    format!("a source's tables are their loader's: build a model of `{}`, and read that", declared.name)
                } else {
                    format!("write `grant read on {} to {role}`, or take the table or the role out", declared.name)
                };
                diagnostics.push(problem.mark(*role_at, "who looks at it").help(help));
            }
        }
    }
}
