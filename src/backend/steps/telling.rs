//! Where a pipeline tells its failures.

use super::quote;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Alert, Pipeline, Program, SecretStore, Setting};
use serde::Serialize;

/// Where failures are told: a kind, and the destination as a shell word.
#[derive(Serialize)]
pub(in crate::backend) struct Telling {
    pub(in crate::backend) kind: &'static str,
    pub(in crate::backend) value: String,
    /// The secret that says it, where a store is asked for that.
    pub(in crate::backend) secret: Option<String>,
}

/// Where a pipeline tells its failures.
///
/// # Errors
/// P0703 for a variable that no shell knows.
pub(in crate::backend) fn telling(program: &Program, pipeline: &Pipeline) -> Result<Vec<Telling>, Box<Diagnostic>> {
    let stored = program.project.secrets != SecretStore::Environment;
    let secret = |alert: &Alert| alert.secret().filter(|_| stored).map(ToString::to_string);
    pipeline.alerts.iter().map(|alert| Ok(Telling { secret: secret(alert), ..told(pipeline, alert)? })).collect()
}

fn told(pipeline: &Pipeline, alert: &Alert) -> Result<Telling, Box<Diagnostic>> {
    let (kind, setting) = match alert {
        Alert::Slack(setting) => ("slack", setting),
        Alert::Email(setting) => ("email", setting),
    };
    match setting {
        Setting::Text(text) => Ok(Telling { kind, value: quote::word(text), secret: None }),
        Setting::Env(name) | Setting::Secret(name) if is_variable(name) => {
            Ok(Telling { kind, value: format!("\"${{{name}:-}}\""), secret: None })
        }
        Setting::Env(name) | Setting::Secret(name) | Setting::Variable(name) => {
            let problem =
                Diagnostic::error(Code::TargetName, pipeline.at, format!("`{name}` cannot be the name of an environment variable"));
            Err(Box::new(problem.help("use letters, digits and `_`")))
        }
    }
}

pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether some pipeline tells its failures by mail.
pub(in crate::backend) fn mails(pipelines: &[&Pipeline]) -> bool {
    pipelines.iter().flat_map(|p| &p.alerts).any(|a| matches!(a, Alert::Email(_)))
}

/// The variables that say where failures are told.
pub(in crate::backend) fn alert_variables(program: &Program, pipeline: &Pipeline) -> impl Iterator<Item = String> {
    let stored = program.project.secrets != SecretStore::Environment;
    pipeline.alerts.iter().filter_map(move |alert| match alert {
        Alert::Slack(Setting::Env(name)) | Alert::Email(Setting::Env(name)) => Some(name.to_string()),
        _ => alert.secret().filter(|_| !stored).map(ToString::to_string),
    })
}
