use super::collect::Found;
use super::reader::Reader;
use super::words::{Key, Once, Read, Words, choice, missing, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Cloud, Dialect, Layer, Materialization, Project, Setting, Tagged, Thing, Warehouse};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `emit` may name, in the order back ends run.
const TARGETS: [&str; 10] = ["dbt", "sql", "terraform", "iam", "airflow", "cron", "tableau", "api", "docs", "evidence"];
/// Of these, the ones no back end makes yet.
const LATER: [&str; 1] = ["docs"];
const PROJECT: [&str; 8] = ["warehouse", "cloud", "emit", "airflow", "secrets", "state", "owner", "tags"];
/// The newest major version of Airflow that DAGs are written for, and the oldest.
const AIRFLOW: (u32, u32) = (3, 2);
const WAREHOUSE: [&str; 9] = ["host", "port", "user", "password", "database", "schema", "project", "dataset", "location"];
const CLOUD: [&str; 4] = ["region", "project", "account", "alarms"];
const LAYER: [&str; 4] = ["schema", "as", "owner", "tags"];

type SettingMap = BTreeMap<Arc<str>, Setting>;

impl<'a> Reader<'a, '_> {
    /// `project engage_analytics { … }`
    pub(super) fn project(&mut self, found: &[Found<'a>]) {
        let mut first: Option<Span> = None;
        self.each(found, "project", |reader, one, words| {
            let (name, at) = words.name("the name of the project")?;
            if let Some(first) = first {
                return Err(Diagnostic::error(Code::DuplicateName, at, "a folder has one project")
                    .label("the second")
                    .mark(first, "the first"));
            }
            first = Some(at);
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            reader.out.program.project = Project { name, doc, at, airflow: AIRFLOW.0, ..Project::default() };
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| match super::tagged::said(words, key, &mut tagged)? {
                true => Ok(()),
                false => reader.project_setting(words, key),
            });
            let name = reader.out.program.project.name.clone();
            reader.tag(Thing::Project, &name, tagged);
            Ok(())
        });
        if first.is_none() {
            let at = found.iter().find(|f| !f.standard()).map_or(Span::default(), |f| Span { end: f.item.at.start, ..f.item.at });
            self.diagnostics.push(
                Diagnostic::error(Code::MissingProject, at, "no file of this folder declares a project")
                    .help("add `project my_platform { warehouse postgres { database = env(\"DATABASE\") }; emit dbt }`"),
            );
        }
    }

    fn project_setting(&mut self, words: &mut Words<'_>, key: Key<'_>) -> Read<()> {
        match key.text {
            "warehouse" => {
                let word = words.key("the kind of warehouse")?;
                let dialect = Dialect::from_name(word.text).ok_or_else(|| choice("warehouse", word, Dialect::ALL.map(Dialect::name)))?;
                let settings = self.setting_map(words, "warehouse", &WAREHOUSE);
                if let Some(Setting::Text(_)) = settings.get("password") {
                    return Err(wrong(word.at, "the warehouse's password is written in plain text")
                        .help("write `password = secret(\"…\")` or `env(\"…\")`"));
                }
                if self.out.program.project.warehouse.replace(Warehouse { dialect, settings }).is_some() {
                    return Err(wrong(key.at, "a project has one warehouse"));
                }
            }
            "cloud" => {
                let word = words.key("the cloud's name")?;
                if !["aws", "gcp"].contains(&word.text) {
                    return Err(choice("cloud", word, ["aws", "gcp"]));
                }
                let settings = self.setting_map(words, "cloud", &CLOUD);
                if settings.contains_key("alarms") && word.text != "aws" {
                    return Err(wrong(word.at, "alarms are CloudWatch's, of the cloud `aws`"));
                }
                self.out.program.project.clouds.push(Cloud { provider: Arc::from(word.text), settings });
            }
            "emit" => {
                let names = words.list(|w| w.key("a target"))?;
                for name in &names {
                    if !TARGETS.contains(&name.text) {
                        return Err(choice("target", *name, TARGETS));
                    }
                }
                for name in names.iter().filter(|n| LATER.contains(&n.text)) {
                    let warning =
                        Diagnostic::warning(Code::NotEmittedYet, name.at, format!("the target `{}` is not emitted yet", name.text));
                    self.diagnostics.push(warning.help("leave it out of `emit` until it is"));
                }
                let wanted = |t: &str| names.iter().any(|n| n.text == t) || self.out.program.project.emit.iter().any(|e| **e == *t);
                self.out.program.project.emit = TARGETS.into_iter().filter(|t| wanted(t)).map(Arc::from).collect();
            }
            "airflow" => {
                let at = words.here();
                let version = words.number("Airflow's major version")?;
                if !(AIRFLOW.1..=AIRFLOW.0).contains(&version) {
                    return Err(wrong(at, format!("DAGs are written for Airflow 2 (2.10 and later) and 3, not {version}")));
                }
                self.out.program.project.airflow = version;
            }
            "secrets" => self.out.program.project.secrets = super::secrets::store(words)?,
            "state" => self.out.program.project.state = Some(state(words)?),
            _ => return Err(key.unknown("project", &PROJECT)),
        }
        Ok(())
    }

    /// `{ database = env("X"); host "localhost" }`
    fn setting_map(&mut self, words: &mut Words<'_>, what: &str, allowed: &[&str]) -> SettingMap {
        let mut map = SettingMap::new();
        let mut once = Once::default();
        for sentence in words.block().unwrap_or_default() {
            let mut inner = Words::new(words.generator, words.env, sentence);
            self.phrase(&mut inner, &mut |_, words, key| {
                once.named(key)?;
                if !allowed.contains(&key.text) {
                    return Err(key.unknown(what, allowed));
                }
                let value = if what == "cloud" && key.text == "alarms" {
                    address(words)?
                } else if what == "cloud" && ["region", "project"].contains(&key.text) {
                    words.setting_or_variable(&format!("`{}`", key.text))?
                } else {
                    words.setting(&format!("`{}`", key.text))?
                };
                if map.insert(Arc::from(key.text), value).is_some() {
                    return Err(wrong(key.at, format!("`{}` is said twice", key.text)));
                }
                Ok(())
            });
        }
        map
    }

    /// `layer marts schema "engage_analytics_mart" as table`
    pub(super) fn layers(&mut self, found: &[Found<'a>]) {
        self.each(found, "layer", |reader, one, words| {
            let (name, at) = words.name("the name of the layer")?;
            if !reader.declare("layers", &name, at) {
                return Ok(());
            }
            let mut schema = None;
            let mut materialization = Materialization::View;
            let mut tagged = Tagged::default();
            reader.settings(words, |_, words, key| {
                match key.text {
                    "schema" => schema = Some(schema_name(words)?),
                    "as" => materialization = super::models::materialization(words)?,
                    _ if super::tagged::said(words, key, &mut tagged)? => {}
                    _ => return Err(key.unknown("layer", &LAYER)),
                }
                Ok(())
            });
            if let Materialization::Incremental { .. } = materialization {
                reader.diagnostics.push(wrong(at, "a layer can be neither incremental nor a history, since each model has its own key"));
            }
            // A layer without a schema is kept all the same: its models are not at fault.
            let schema = schema.unwrap_or_else(|| {
                reader
                    .diagnostics
                    .push(missing(at, format!("layer `{name}` lacks a schema")).help(format!("write `layer {name} schema \"{name}\"`")));
                name.clone()
            });
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            reader.tag(Thing::Layer, &name, tagged);
            reader.out.program.layers.push(Layer { name, schema, materialization, doc, at });
            Ok(())
        });
    }
}

/// `alarms = var("operations_mail")`: Terraform has to know it.
fn address(words: &mut Words<'_>) -> Read<Setting> {
    let at = words.here();
    let plain = |t: &str| {
        t.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.')) && t.chars().all(|c| c.is_ascii_graphic())
    };
    match words.setting_or_variable("`alarms`")? {
        Setting::Text(text) if plain(&text) && text.len() <= 254 => Ok(Setting::Text(text)),
        Setting::Variable(name) => Ok(Setting::Variable(name)),
        _ => Err(wrong(at, "alarms are mailed to an address, or to `var(\"…\")`")),
    }
}

/// `state s3 "my-terraform-state"`
fn state(words: &mut Words<'_>) -> Read<crate::ir::platform::State> {
    let kind = words.key("where the state lies")?;
    if !["s3", "gcs"].contains(&kind.text) {
        return Err(choice("place for Terraform's state", kind, ["s3", "gcs"]));
    }
    let at = words.here();
    let bucket = words.text("the bucket of the state")?;
    let good =
        (3..=63).contains(&bucket.len()) && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b));
    if !good {
        return Err(wrong(at, format!("`{bucket}` is no name of a bucket")));
    }
    Ok(crate::ir::platform::State { kind: Arc::from(kind.text), bucket })
}

/// A schema's name, as text or bare.
pub(super) fn schema_name(words: &mut Words<'_>) -> Read<Ident> {
    let at = words.here();
    if words.peek_key().is_some() {
        return words.name("a schema").and_then(|(name, _)| no_secrets(name, at));
    }
    let text = words.text("a schema")?;
    if text.is_empty() || text.len() > 63 || text.chars().any(char::is_control) {
        return Err(wrong(at, "a schema's name has 1 to 63 bytes and no control characters"));
    }
    no_secrets(Ident::exact(&text), at)
}

/// Where keys and crosswalks lie, nothing is read and nothing is built.
pub(super) fn no_secrets(schema: Ident, at: Span) -> Read<Ident> {
    if schema.as_str().eq_ignore_ascii_case("pipec_secret") {
        return Err(wrong(at, "`pipec_secret` holds the keys and crosswalks of masks: no source and no layer may name it"));
    }
    Ok(schema)
}
