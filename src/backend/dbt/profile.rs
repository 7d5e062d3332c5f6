use super::super::{FileTree, text};
use super::{Emission, jinja, yaml};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Setting};
use serde::Serialize;
use std::collections::BTreeMap;

/// `profiles.yml`: where the warehouse is, from the environment and the project's settings. Nothing secret is written down.
pub(super) fn emit(emission: &Emission<'_>, name: &str, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let at = emission.program.project.at;
    let output = match emission.dialect {
        Dialect::BigQuery => BigQuery::new(emission, diagnostics).map(Output::BigQuery),
        _ => Some(Output::Postgres(Postgres::from_environment())),
    };
    let Some(output) = output else { return };
    let profile = BTreeMap::from([(name, Profile { target: "warehouse", outputs: BTreeMap::from([("warehouse", output)]) })]);
    let says = match emission.dialect {
        Dialect::BigQuery => {
            "Where the warehouse is. Who builds is told by the machine's Application Default Credentials: nothing secret is written down."
        }
        _ => "Where the warehouse is, from the environment alone: nothing secret is written down.",
    };
    let says = text::header(says, &text::whole_project(emission.program));
    text::put(out, diagnostics, "dbt/profiles.yml", at, yaml::file(&says, &profile));
}

#[derive(Serialize)]
struct Profile<'a> {
    target: &'a str,
    outputs: BTreeMap<&'a str, Output>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Output {
    Postgres(Postgres),
    BigQuery(BigQuery),
}

#[derive(Serialize)]
struct Postgres {
    #[serde(rename = "type")]
    kind: &'static str,
    host: &'static str,
    port: &'static str,
    user: &'static str,
    password: &'static str,
    dbname: &'static str,
    schema: &'static str,
    threads: u8,
}

impl Postgres {
    fn from_environment() -> Self {
        Postgres {
            kind: "postgres",
            host: "{{ env_var('DBT_HOST') }}",
            port: "{{ env_var('DBT_PORT') | as_number }}",
            user: "{{ env_var('DBT_USER') }}",
            password: "{{ env_var('DBT_PASSWORD') }}",
            dbname: "{{ env_var('DBT_DATABASE') }}",
            schema: "{{ env_var('DBT_SCHEMA') }}",
            threads: 4,
        }
    }
}

#[derive(Serialize)]
struct BigQuery {
    #[serde(rename = "type")]
    kind: &'static str,
    method: &'static str,
    project: String,
    dataset: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    threads: u8,
}

impl BigQuery {
    /// `None` after reporting what the warehouse line lacks.
    fn new(emission: &Emission<'_>, diagnostics: &mut Diagnostics) -> Option<Self> {
        let project = &emission.program.project;
        let settings = &project.warehouse.as_ref()?.settings;
        let Some(named) = settings.get("project") else {
            let problem = Diagnostic::error(Code::MissingSetting, project.at, "dbt needs to know the project of the BigQuery warehouse");
            diagnostics.push(problem.help("add `project = env(\"GCP_PROJECT\")` to the warehouse"));
            return None;
        };
        Some(BigQuery {
            kind: "bigquery",
            method: "oauth",
            project: setting(named),
            dataset: "{{ env_var('DBT_SCHEMA') }}",
            location: settings.get("location").map(setting),
            threads: 4,
        })
    }
}

fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Text(text) => jinja::guard(text).into_owned(),
        // A variable is of clouds only.
        Setting::Env(name) | Setting::Secret(name) | Setting::Variable(name) => format!("{{{{ env_var({}) }}}}", jinja::literal(name)),
    }
}
