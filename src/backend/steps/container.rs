//! A container: what it is started with. What it prints may quote rows, so neither runner keeps it where everybody looks.

use super::super::ends::Until;
use super::super::text;
use crate::ir::{Container, Passed, Pipeline, Program, Step};
use serde::Serialize;

/// What the script of a container that Docker runs is made of.
#[derive(Serialize)]
pub(super) struct Script {
    header: Vec<String>,
    image: String,
    command: Vec<String>,
    /// The determination that lets it bring anything anywhere, and its last day.
    until: Option<Until>,
    /// Names, and their values as shell words.
    told: Vec<(String, String)>,
    /// Names, and the variables of whoever runs it that hold their values.
    passed: Vec<(String, String)>,
    /// Those of them that a store is asked for.
    secrets: Vec<String>,
    /// The variable that names the file with its account's credentials.
    credentials: Option<String>,
    /// What each environment puts behind a bucket's name, where one is told.
    suffixes: Vec<(String, String)>,
    known: String,
}

/// A container that Kubernetes runs.
#[derive(Serialize)]
pub(in crate::backend) struct Pod {
    image: String,
    command: Vec<String>,
    /// The determination that lets it bring anything anywhere, and its last day.
    pub(in crate::backend) until: Option<Until>,
    namespace: String,
    /// The account of Kubernetes' that is bound to the one at Google.
    account: Option<String>,
    /// Names, and their values as Airflow fills them in.
    told: Vec<(String, String)>,
    /// Names, and the keys of the secret that holds their values.
    passed: Vec<(String, String)>,
    /// The secret's name.
    secret: String,
}

/// The script of a step's container.
pub(super) fn script(program: &Program, pipeline: &Pipeline, step: &Step, container: &Container, asks: bool) -> Script {
    let bucket = |index: u32| program.buckets.get(index as usize).map_or("", |b| &*b.bucket_name);
    let mut told = Vec::new();
    let mut names_bucket = false;
    for (name, value) in &container.environment {
        let word = match value {
            Passed::Text(text) => text::shell_word(text),
            Passed::Bucket(index) => {
                names_bucket = true;
                let suffix = if program.platform.environments.is_empty() { "" } else { "\"$suffix\"" };
                format!("{}{suffix}", text::shell_word(bucket(*index)))
            }
            Passed::Environment => "\"${PIPEC_ENVIRONMENT:-}\"".to_owned(),
            Passed::Variable(_) | Passed::Secret(_) => continue,
        };
        told.push((name.to_string(), word));
    }
    let environments = program.platform.environments.iter().filter(|_| names_bucket);
    let says = format!("The container {} of {}.", step.name, pipeline.name);
    Script {
        header: text::header(&says, &text::whole_project(program)),
        image: text::shell_word(&container.image),
        command: container.command.iter().map(|c| text::shell_word(c)).collect(),
        until: Until::of_container(program, container),
        told,
        passed: passed(container),
        secrets: container.secrets().filter(|_| asks).map(ToString::to_string).collect(),
        credentials: container.account.as_ref().map(|a| format!("PIPEC_CREDENTIALS_{}", a.as_str().to_ascii_uppercase())),
        suffixes: environments.clone().map(|e| (e.name.to_string(), text::shell_word(&e.suffix))).collect(),
        known: environments.map(|e| e.name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

fn passed(container: &Container) -> Vec<(String, String)> {
    let variable = |(name, value): &(std::sync::Arc<str>, Passed)| match value {
        Passed::Variable(variable) | Passed::Secret(variable) => Some((name.to_string(), variable.to_string())),
        _ => None,
    };
    container.environment.iter().filter_map(variable).collect()
}

/// Text that Jinja gives back as it is.
fn literal(text: &str) -> String {
    if text.contains("{{") || text.contains("{%") || text.contains("{#") {
        // A text of Jinja's in a text of Python's: JSON's escapes are both's.
        return format!("{{{{ {} }}}}", serde_json::Value::from(text).to_string().replace('{', "\\u007b").replace('}', "\\u007d"));
    }
    text.to_owned()
}

/// The pod of a container.
pub(in crate::backend) fn pod(program: &Program, container: &Container, namespace: &str) -> Pod {
    let suffixes: Vec<String> = program.platform.environments.iter().map(|e| format!("'{}': '{}'", e.name, e.suffix)).collect();
    let suffix =
        if suffixes.is_empty() { String::new() } else { format!("{{{{ {{{}}}[var.value.pipec_environment] }}}}", suffixes.join(", ")) };
    let told = container.environment.iter().filter_map(|(name, value)| {
        let value = match value {
            Passed::Text(text) => literal(text),
            Passed::Bucket(index) => {
                let bucket = program.buckets.get(*index as usize).map_or("", |b| &*b.bucket_name);
                format!("{}{suffix}", literal(bucket))
            }
            Passed::Environment => "{{ var.value.pipec_environment }}".to_owned(),
            Passed::Variable(_) | Passed::Secret(_) => return None,
        };
        Some((name.to_string(), value))
    });
    let dns = |text: &str| text.replace('_', "-").to_ascii_lowercase();
    Pod {
        image: container.image.to_string(),
        command: container.command.iter().map(|c| literal(c)).collect(),
        until: Until::of_container(program, container),
        namespace: namespace.to_owned(),
        account: container.account.as_ref().map(|a| dns(a.as_str())),
        told: told.collect(),
        passed: passed(container),
        secret: dns(&text::Stems::default().claim(program.project.name.as_str())),
    }
}
