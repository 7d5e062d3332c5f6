//! `container "emr_ingestion:1.4" as airflow_ingestion { run "python", "app.py"; env BUCKET = bucket.raw.name; on kubernetes "data" }`

use super::reader::Reader;
use super::words::{Read, Words, choice, wrong};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::platform::Expr;
use crate::ir::{Container, Passed, Setting};
use crate::syntax::ast::{Word, WordKind};
use std::sync::Arc;

const CONTAINER: [&str; 3] = ["run", "env", "on"];

impl Reader<'_, '_> {
    /// The words behind `container`. Accounts are read before pipelines.
    pub(super) fn container(&mut self, words: &mut Words<'_>) -> Read<Container> {
        let at = words.here();
        let image = words.text("the image")?;
        if !is_image(&image) {
            return Err(wrong(at, format!("`{image}` is no image, like `registry.example.org/emr_ingestion:1.4`")));
        }
        let mut container = Container { image, command: Vec::new(), environment: Vec::new(), account: None, namespace: None };
        if words.take("as") {
            let (name, at) = words.name("a service account")?;
            if !self.declared("service accounts", &name) {
                return Err(super::words::unknown("service account", name.as_str(), at, self.names_of("service accounts")));
            }
            container.account = Some(name);
        }
        for sentence in words.block().unwrap_or_default() {
            let mut inner = Words::new(words.generator, words.env, sentence);
            self.phrase(&mut inner, &mut |reader, words, key| {
                match key.text {
                    "run" => container.command = words.list(|words| words.text("a word of the command"))?,
                    "env" => {
                        let name = variable(words)?;
                        words.symbol("=");
                        if container.environment.iter().any(|(n, _)| *n == name) {
                            return Err(wrong(key.at, format!("`{name}` is said twice")));
                        }
                        let value = reader.passed(words)?;
                        container.environment.push((name, value));
                    }
                    "on" => {
                        let engine = words.key("`docker` or `kubernetes`")?;
                        container.namespace = match engine.text {
                            "docker" => None,
                            "kubernetes" => Some(namespace(words)?),
                            _ => return Err(choice("place for containers", engine, ["docker", "kubernetes"])),
                        };
                    }
                    _ => return Err(key.unknown("container", &CONTAINER)),
                }
                Ok(())
            });
        }
        Ok(container)
    }

    fn passed(&mut self, words: &mut Words<'_>) -> Read<Passed> {
        let at = words.here();
        if matches!(words.peek(), Some(Word { kind: WordKind::Call { name, .. }, .. }) if name == "env" || name == "secret") {
            return match words.setting("the value")? {
                Setting::Env(name) if is_variable(&name) => Ok(Passed::Variable(name)),
                Setting::Secret(name) if is_variable(&name) => {
                    self.out.program.secrets.insert(name.clone());
                    Ok(Passed::Secret(name))
                }
                _ => Err(wrong(at, "a variable of a shell is letters, digits and `_`")),
            };
        }
        match self.platform_value(words)? {
            Expr::Text(text) if !text.contains('\0') => Ok(Passed::Text(text)),
            Expr::Bucket(index) => Ok(Passed::Bucket(index)),
            Expr::Environment => Ok(Passed::Environment),
            _ => Err(wrong(at, "a container is told texts, `bucket.X.name`, `environment`, `env(\"…\")` and `secret(\"…\")`")),
        }
    }
}

fn is_image(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    text.len() <= 255 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(good) && !text.contains("//")
}

/// A variable of whoever runs it.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A name that the container finds it under.
fn variable(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let name = words.peek_key().map(|k| Arc::<str>::from(k.text));
    words.next();
    let own = |n: &str| n.starts_with("PIPEC_") || n == "GOOGLE_APPLICATION_CREDENTIALS" || n == "PATH" || n == "LD_PRELOAD";
    name.filter(|n: &Arc<str>| is_variable(n) && !own(n)).ok_or_else(|| taken(at))
}

fn taken(at: Span) -> Diagnostic {
    Diagnostic::error(
        Code::TargetName,
        at,
        "a variable of a container is letters, digits and `_`, and none that pipec gives it: `PIPEC_…`, its credentials",
    )
}

/// RFC 1123: what Kubernetes takes for a namespace.
fn namespace(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text("the namespace")?;
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = text.len() <= 63
        && text.bytes().all(|b| plain(b) || b == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain);
    if good { Ok(text) } else { Err(wrong(at, "a namespace is lower-case letters, digits and `-`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_images() {
        for good in ["emr_ingestion:latest", "eu.gcr.io/p/i@sha256:00", "a"] {
            assert!(is_image(good), "{good}");
        }
        for bad in ["", "-v", "a b", "a$(id)", "a;b", "a//b", "é"] {
            assert!(!is_image(bad), "{bad}");
        }
    }
}
