use super::reader::Reader;
use super::words::{Read, Words, choice, wrong};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Alert, Pipeline, Runner, SecretStore, Setting};
use std::sync::Arc;

const STORES: [&str; 4] = ["env", "airflow", "vault", "aws"];

/// `secrets vault "secret/platform"`
pub(super) fn store(words: &mut Words<'_>) -> Read<SecretStore> {
    let key = words.key("where secrets are read from")?;
    match key.text {
        "env" => Ok(SecretStore::Environment),
        "airflow" => Ok(SecretStore::Airflow),
        "vault" => {
            let at = words.here();
            let (mount, folder) = folder(words)?.split_once('/').map(|(m, f)| (Arc::from(m), Arc::from(f))).ok_or_else(|| {
                wrong(at, "secrets in Vault lie in a folder of a mount")
                    .help("write `secrets vault \"secret/platform\"`: the mount, and the folder")
            })?;
            Ok(SecretStore::Vault(mount, folder))
        }
        "aws" => Ok(SecretStore::Aws(folder(words)?)),
        _ => Err(choice("place of secrets", key, STORES)),
    }
}

/// Names with `/` between them, as both Vault and Secrets Manager take them, and no shell or template reads anything into them.
fn folder(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text("the folder of the secrets")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let good =
        text.len() <= 200 && text.split('/').all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(plain));
    good.then_some(text).ok_or_else(|| wrong(at, "a folder of secrets is letters, digits, `_` and `-`, with `/` between its parts"))
}

impl Reader<'_, '_> {
    /// Every pipeline can read where secrets lie, and none shows one.
    pub(super) fn secrets_can_be_read(&mut self) {
        let program = &self.out.program;
        let airflow = program.project.secrets == SecretStore::Airflow;
        let found: Vec<Diagnostic> = program
            .pipelines
            .iter()
            .flat_map(|p| [(airflow && p.runner == Runner::Cron).then(|| off_airflow(p)), shown(p)])
            .flatten()
            .collect();
        found.into_iter().for_each(|d| self.diagnostics.push(d));
    }
}

fn off_airflow(pipeline: &Pipeline) -> Diagnostic {
    let message = format!("`{}` runs on cron, which reads no variables of Airflow's", pipeline.name);
    problem(pipeline.at, message)
        .help("run it `on airflow`, or keep secrets where both read them: `secrets vault \"…\"`, `secrets aws \"…\"`")
}

/// The address of a mail stands on the command line of the program that sends it.
fn shown(pipeline: &Pipeline) -> Option<Diagnostic> {
    let name = pipeline.alerts.iter().find_map(|a| if let Alert::Email(Setting::Secret(name)) = a { Some(name) } else { None })?;
    let message = format!("everybody on the machine sees the address that `{}` mails to: it cannot be the secret `{name}`", pipeline.name);
    Some(problem(pipeline.at, message).help(format!("write `alert email(env(\"{name}\"))`")))
}

fn problem(at: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::SecretPlace, at, message).label("this pipeline")
}
