use super::{Setting, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// What runs when.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// `daily`
    pub name: Ident,
    /// Airflow or cron.
    pub runner: Runner,
    /// When.
    pub schedule: Schedule,
    /// IANA name; `UTC` when not said.
    pub timezone: Arc<str>,
    /// How often a failed step is tried again.
    pub retries: u32,
    /// Minutes between tries.
    pub retry_minutes: u32,
    /// Minutes until the whole run is stopped.
    pub timeout_minutes: Option<u32>,
    /// Where failures are told, each of them.
    pub alerts: Vec<Alert>,
    /// The table with a row for every run and every step of it.
    pub audit: Option<TableId>,
    /// The pool of Airflow's its tasks take their slots from.
    pub pool: Option<Arc<str>>,
    /// Who answers for it.
    pub owner: Option<Arc<str>>,
    /// `dbt cosmos`: a task of Airflow's per model, made by Cosmos; else one per layer.
    pub cosmos: bool,
    /// `tags "a", "b"`
    pub tags: Vec<Arc<str>>,
    /// Steps, each after those it waits for.
    pub steps: Vec<Step>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// Runners.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "product names")]
pub enum Runner {
    Airflow,
    Cron,
}

/// A schedule: five cron fields, checked, or other pipelines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// `0 2 * * *`; empty where it runs after others, or by hand.
    pub cron: Arc<str>,
    /// `schedule after client_reporting`: the pipelines that have to have succeeded since it ran last, by index.
    pub after: Vec<u32>,
}

impl Schedule {
    /// By the clock.
    pub fn at(cron: Arc<str>) -> Schedule {
        Schedule { cron, after: Vec::new() }
    }

    /// `schedule by hand`: somebody starts it.
    pub fn is_by_hand(&self) -> bool {
        self.cron.is_empty() && self.after.is_empty()
    }
}

/// A program of somebody's, in a container.
#[derive(Clone, Debug)]
pub struct Container {
    /// `emr_ingestion:1.4`
    pub image: Arc<str>,
    /// What runs in it; empty: what the image says.
    pub command: Vec<Arc<str>>,
    /// What it finds in its environment, in order of declaration.
    pub environment: Vec<(Arc<str>, Passed)>,
    /// The service account that it is; `None`: it gets nothing of the platform.
    pub account: Option<Ident>,
    /// Whether it runs as a pod of Kubernetes, and in which namespace; else Docker runs it.
    pub namespace: Option<Arc<str>>,
}

/// What a container is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Passed {
    /// `"text"`
    Text(Arc<str>),
    /// `bucket.raw.name`: its index.
    Bucket(u32),
    /// `env("URL")`: a variable of whoever runs it.
    Variable(Arc<str>),
    /// `secret("TOKEN")`: from where the project keeps its secrets.
    Secret(Arc<str>),
    /// `environment`
    Environment,
}

/// Where failures are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Alert {
    /// A Slack web hook.
    Slack(Setting),
    /// An e-mail address.
    Email(Setting),
}

/// A step of a pipeline.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name; made from its action when not written.
    pub name: Ident,
    /// What it does.
    pub action: StepAction,
    /// Steps it waits for, by index.
    pub after: Vec<u32>,
    /// Where written.
    pub at: Span,
}

/// Actions of steps.
#[derive(Clone, Debug)]
pub enum StepAction {
    /// `build *`: models, in order; empty: all.
    Build(Vec<TableId>),
    /// `test *`
    Test(Vec<TableId>),
    /// `export a, b`: indexes into [`Program::exports`](super::Program); empty only when there are none.
    Export(Vec<u32>),
    /// `load a, b`: indexes into [`Program::loads`](super::Program).
    Load(Vec<u32>),
    /// `freshness *`: asks how old the sources are.
    Freshness,
    /// `git pull`
    GitPull,
    /// `container "emr_ingestion:1.4" { … }`
    Container(Box<Container>),
    /// `refresh workbook "…"`: extracts of Tableau's.
    Refresh(Refreshed, Vec<Arc<str>>),
}

/// What Tableau makes anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refreshed {
    /// Workbooks with extracts.
    Workbook,
    /// Data sources with extracts.
    Datasource,
}

impl Refreshed {
    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Refreshed::Workbook => "workbook",
            Refreshed::Datasource => "datasource",
        }
    }
}

/// A declaration that is parsed and checked, but that no back end prints yet.
#[derive(Clone, Debug)]
pub struct Unemitted {
    /// Its keyword.
    pub keyword: Arc<str>,
    /// Its name, when it has one.
    pub name: Option<Ident>,
    /// Where declared.
    pub at: Span,
}
