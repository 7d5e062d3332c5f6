//! Service accounts whose roles hold for all of Google's project: those reach every bucket and dataset in it, whoever made them.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Program;
use crate::ir::google::{About, Reach};

/// Asks for a reason where a role is given on the whole project and is about data.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for account in &program.platform.accounts {
        for right in account.rights.iter().filter(|r| r.on == Reach::Project && r.because.is_none()) {
            let (what, narrow) = match right.role.about {
                About::Files => ("every bucket", "`on bucket …`"),
                About::Tables => ("every dataset", "`on dataset …`"),
                About::Accounts => ("whatever any service account reaches", "`on service_account …`"),
                About::Nothing => continue,
            };
            let message = format!("service account `{}` reaches {what} of the project by `{}`", account.name, right.role.name);
            let problem = Diagnostic::error(Code::AccountTooWide, right.at, message);
            let why = "or say why it has to: `because \"…\"`";
            let help =
                if right.role.narrow { format!("give it {narrow}, {why}") } else { "say why it has to: `because \"…\"`".to_owned() };
            diagnostics.push(problem.help(help));
        }
    }
}
