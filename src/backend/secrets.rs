//! Where secrets are read from. Cron's scripts ask the store themselves; Airflow's tasks ask Airflow, which asks the store that its operators configured. The names are
//! the same, so a pipeline that moves finds its secrets where they were.

use super::text;
use crate::ir::{Pipeline, Program, Runner, SecretStore};
use serde::Serialize;
use std::collections::BTreeSet;

/// A store that cron's scripts ask.
#[derive(Serialize)]
pub(super) struct Store {
    /// Vault's mount; none: AWS Secrets Manager.
    mount: Option<String>,
    folder: String,
    /// What each name begins with: a store serves more than one project.
    prefix: String,
    /// What each environment puts behind the folder.
    suffixes: Vec<(String, String)>,
    known: String,
}

/// What the project's secrets begin with, wherever they lie.
pub(super) fn prefix(program: &Program) -> String {
    format!("{}_", text::Stems::default().claim(program.project.name.as_str()))
}

/// The store that scripts of a runner ask: those of Airflow are given what they need.
pub(super) fn store(program: &Program, runner: Runner) -> Option<Store> {
    let (mount, folder) = match (&program.project.secrets, runner) {
        (SecretStore::Vault(mount, folder), Runner::Cron) => (Some(mount.to_string()), folder),
        (SecretStore::Aws(folder), Runner::Cron) => (None, folder),
        _ => return None,
    };
    let environments = &program.platform.environments;
    Some(Store {
        mount,
        folder: folder.to_string(),
        prefix: prefix(program),
        suffixes: environments.iter().map(|e| (e.name.to_string(), text::shell_word(&e.suffix))).collect(),
        known: environments.iter().map(|e| e.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// What Airflow is told of the store, by environment: the ending of the file's name, the backend, and its settings as JSON.
pub(super) fn backends(program: &Program) -> Vec<Backend> {
    let environments = &program.platform.environments;
    let places: Vec<(String, &str)> = match environments.as_slice() {
        [] => vec![(String::new(), "")],
        all => all.iter().map(|e| (format!("_{}", e.name), &*e.suffix)).collect(),
    };
    places.into_iter().filter_map(|(ending, suffix)| Backend::of(&program.project.secrets, ending, suffix)).collect()
}

/// A backend of Airflow's for secrets.
#[derive(Serialize)]
pub(super) struct Backend {
    pub(super) ending: String,
    class: &'static str,
    settings: String,
}

impl Backend {
    fn of(store: &SecretStore, ending: String, suffix: &str) -> Option<Backend> {
        let (class, settings) = match store {
            SecretStore::Environment | SecretStore::Airflow => return None,
            SecretStore::Vault(mount, folder) => (
                "airflow.providers.hashicorp.secrets.vault.VaultBackend",
                serde_json::json!({ "config_path": null, "connections_path": null, "mount_point": &**mount, "variables_path": format!("{folder}{suffix}") }),
            ),
            SecretStore::Aws(folder) => (
                "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
                serde_json::json!({ "config_prefix": null, "connections_prefix": null, "variables_prefix": format!("{folder}{suffix}") }),
            ),
        };
        Some(Backend { ending, class, settings: settings.to_string() })
    }
}

/// The kind of store, as it is written.
pub(super) fn kind(store: &SecretStore) -> &'static str {
    match store {
        SecretStore::Environment => "env",
        SecretStore::Airflow => "airflow",
        SecretStore::Vault(..) => "vault",
        SecretStore::Aws(_) => "aws",
    }
}

/// The names of all secrets that pipelines take out of a store.
pub(super) fn keys(program: &Program, pipelines: &[&Pipeline]) -> BTreeSet<String> {
    if program.project.secrets == SecretStore::Environment {
        return BTreeSet::new();
    }
    let prefix = prefix(program);
    pipelines.iter().flat_map(|p| program.secrets_of_pipeline(p)).map(|name| format!("{prefix}{name}")).collect()
}

/// Where a store keeps them, as it is written.
pub(super) fn folder(store: &SecretStore) -> String {
    match store {
        SecretStore::Environment | SecretStore::Airflow => String::new(),
        SecretStore::Vault(mount, folder) => format!("{mount}/{folder}"),
        SecretStore::Aws(folder) => folder.to_string(),
    }
}
