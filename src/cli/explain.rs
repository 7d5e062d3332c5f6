use super::ERRORS;
use super::output::{Output, print_out};
use crate::diag::{Code, nearest};
use clap::Args;

/// Explains a diagnostic code: what it means, an example that raises it, and the way out.
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The code, e.g. P0301; without it, the list of all
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let Some(wanted) = &self.code else {
            for code in Code::ALL {
                print_out(&format!("{}  {}\n", code.id(), code.title()));
            }
            return 0;
        };
        if let Some(code) = Code::from_id(wanted) {
            print_out(code.page());
            return 0;
        }
        let near = nearest(wanted, Code::ALL.iter().map(|c| c.id())).map(|n| format!("; did you mean {n}?")).unwrap_or_default();
        output.fail(&format!("there is no code `{wanted}`{near}"));
        ERRORS
    }
}
