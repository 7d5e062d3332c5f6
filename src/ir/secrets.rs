use super::platform::Compute;
use super::{Alert, Container, Dialect, Passed, Pipeline, Program, Setting, Step, StepAction};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `secrets vault "secret/platform"`: where pipelines read secrets from, when a step runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum SecretStore {
    /// The environment of whoever runs it.
    #[default]
    Environment,
    /// Airflow's own variables.
    Airflow,
    /// HashiCorp's Vault: the mount of a key-value engine, and the folder in it.
    Vault(Arc<str>, Arc<str>),
    /// AWS Secrets Manager: the beginning of the secrets' names, up to the last `/`.
    Aws(Arc<str>),
}

/// The variables that programs which steps run take their passwords from.
const OF_BUILDS: &str = "DBT_PASSWORD";
const OF_EXPORTS: &str = "PGPASSWORD";
const OF_TABLEAU: &str = "TABLEAU_TOKEN_VALUE";

impl Alert {
    /// The secret that says where to tell it.
    pub fn secret(&self) -> Option<&Arc<str>> {
        match self {
            Alert::Slack(Setting::Secret(name)) | Alert::Email(Setting::Secret(name)) => Some(name),
            Alert::Slack(_) | Alert::Email(_) => None,
        }
    }
}

impl Container {
    /// The secrets that it is told.
    pub fn secrets(&self) -> impl Iterator<Item = &Arc<str>> {
        self.environment.iter().filter_map(|(_, value)| if let Passed::Secret(name) = value { Some(name) } else { None })
    }
}

impl Program {
    /// What builds log in with: BigQuery's builder has no password.
    pub fn building_secret(&self) -> Option<Arc<str>> {
        let postgres = self.project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::Postgres);
        postgres.then(|| Arc::from(OF_BUILDS))
    }

    /// The secrets that a step takes. Those of a pod come from Kubernetes, and from nowhere else.
    pub fn secrets_of_step(&self, step: &Step) -> BTreeSet<Arc<str>> {
        match &step.action {
            StepAction::Build(_) | StepAction::Test(_) | StepAction::Freshness | StepAction::Load(_) => {
                self.building_secret().into_iter().collect()
            }
            StepAction::Export(_) => BTreeSet::from([Arc::from(OF_EXPORTS)]),
            StepAction::Refresh(..) => BTreeSet::from([Arc::from(OF_TABLEAU)]),
            StepAction::Container(one) if one.namespace.is_none() => one.secrets().cloned().collect(),
            StepAction::Container(_) | StepAction::GitPull => BTreeSet::new(),
        }
    }

    /// All that a pipeline takes: its steps, its alerts, and what writes down its runs.
    pub fn secrets_of_pipeline(&self, pipeline: &Pipeline) -> BTreeSet<Arc<str>> {
        let steps = pipeline.steps.iter().flat_map(|s| self.secrets_of_step(s));
        let written = pipeline.audit.and_then(|_| self.building_secret());
        steps.chain(pipeline.alerts.iter().filter_map(Alert::secret).cloned()).chain(written).collect()
    }

    /// What a machine may read besides what it names: what its pipelines take, where that lies in AWS Secrets Manager.
    pub fn secrets_of_machine(&self, machine: &Compute) -> BTreeSet<Arc<str>> {
        let runs = |p: &&Pipeline| machine.runs.iter().any(|(name, _)| *name == p.name);
        match self.project.secrets {
            SecretStore::Aws(_) => self.pipelines.iter().filter(runs).flat_map(|p| self.secrets_of_pipeline(p)).collect(),
            SecretStore::Environment | SecretStore::Airflow | SecretStore::Vault(..) => BTreeSet::new(),
        }
    }
}
