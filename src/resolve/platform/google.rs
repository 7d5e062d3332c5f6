//! `dataset emr_raw on gcp { … }` and `service_account dbt { … }`.

use super::super::collect::Found;
use super::super::reader::Reader;
use super::super::words::{Key, Read, Words, choice, unknown, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, nearest};
use crate::ir::google::{About, Dataset, Predefined, ROLES, Reach, Right, ServiceAccount};
use crate::ir::platform::{Origin, Value};
use crate::ir::{Dialect, Setting, Tagged, Thing};
use std::collections::BTreeMap;
use std::sync::Arc;

const DATASET: [&str; 6] = ["location", "labels", "expire", "adopt", "owner", "tags"];
const ACCOUNT: [&str; 7] = ["clearance", "roles", "adopt", "moved", "called", "owner", "tags"];

fn bad(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadGoogle, at, message)
}

impl<'a> Reader<'a, '_> {
    /// Datasets first: accounts are given roles on them.
    pub(super) fn google(&mut self, found: &[Found<'a>]) {
        self.datasets(found);
        self.accounts(found);
        self.apart();
    }

    fn datasets(&mut self, found: &[Found<'a>]) {
        self.each(found, "dataset", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "dataset", "datasets")? else { return Ok(()) };
            reader.cloud_word(words, "gcp")?;
            if reader.out.program.project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::BigQuery) {
                let warning = Diagnostic::warning(Code::NotEmittedYet, at, "datasets are made for a warehouse in BigQuery only");
                reader.diagnostics.push(warning.help("with another warehouse it says nothing"));
            }
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let warehouse = reader.out.program.project.warehouse.as_ref().and_then(|w| w.settings.get("location"));
            let place = if let Some(Setting::Text(place)) = warehouse { place.to_string() } else { "US".to_owned() };
            let mut dataset = Dataset { name, labels: BTreeMap::new(), expire_days: None, origin: Origin::default(), doc, at };
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| {
                match key.text {
                    "location" => {
                        let at = words.here();
                        if !words.text("where it lies")?.eq_ignore_ascii_case(&place) {
                            let problem = bad(at, format!("BigQuery joins no data of two places, and the warehouse lies in `{place}`"));
                            return Err(problem.help("write the place once: `location` of the warehouse"));
                        }
                    }
                    "labels" => labels(words, &mut dataset.labels)?,
                    "expire" => dataset.expire_days = Some(words.days("`expire`")?),
                    "adopt" => reader.adopt(words, &mut dataset.origin)?,
                    _ if super::super::tagged::said(words, key, &mut tagged)? => {}
                    _ => return Err(key.unknown("dataset", &DATASET)),
                }
                Ok(())
            });
            reader.tag(Thing::Dataset, &dataset.name, tagged);
            reader.out.program.platform.datasets.push(dataset);
            Ok(())
        });
    }

    fn accounts(&mut self, found: &[Found<'a>]) {
        // They may name each other in any order.
        let mut waiting: Vec<(ServiceAccount, Vec<Span>)> = Vec::new();
        self.each(found, "service_account", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "service account", "service accounts")? else { return Ok(()) };
            if !reader.out.program.project.clouds.iter().any(|c| *c.provider == *"gcp") {
                return Err(wrong(at, "the project has no cloud `gcp`").help("add `cloud gcp { region = \"…\" }` to the project"));
            }
            reader.account_name(&name, at)?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut account = ServiceAccount { name, clearance: None, rights: Vec::new(), origin: Origin::default(), doc, at };
            let mut places = Vec::new();
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| {
                match key.text {
                    "clearance" => account.clearance = Some(reader.used_clearance(words)?),
                    "roles" => reader.rights(words, key, &mut account.rights, &mut places)?,
                    "adopt" => reader.adopt(words, &mut account.origin)?,
                    "moved" => reader.moved(words, &mut account.origin)?,
                    "called" => account.origin.called = Some(reader.cloud_name(words)?),
                    _ if super::super::tagged::said(words, key, &mut tagged)? => {}
                    _ => return Err(key.unknown("service account", &ACCOUNT)),
                }
                Ok(())
            });
            reader.tag(Thing::ServiceAccount, &account.name, tagged);
            waiting.push((account, places));
            Ok(())
        });
        for (account, places) in waiting {
            let strange = account.rights.iter().zip(&places).find_map(|(right, at)| match &right.on {
                Reach::Account(name) if !self.declared("service accounts", name) => Some((name.clone(), *at)),
                _ => None,
            });
            if let Some((name, at)) = strange {
                let problem = unknown("service account", name.as_str(), at, self.names_of("service accounts"));
                self.diagnostics.push(problem);
                continue;
            }
            self.out.program.platform.accounts.push(account);
        }
        let all: Vec<_> = self.out.program.platform.accounts.iter().map(|a| (a.name.clone(), a.origin.clone(), a.at)).collect();
        self.moves("service account", &all);
    }

    /// Google takes 6 to 30 letters, digits and `-`, the environment's suffix among them.
    fn account_name(&self, name: &Ident, at: Span) -> Read<()> {
        let longest = name.as_str().len() + self.out.program.platform.longest_suffix();
        let shortest = self.out.program.platform.environments.iter().map(|e| e.suffix.len()).min().unwrap_or(0) + name.as_str().len();
        if longest > 30 || shortest < 6 {
            let message =
                format!("`{name}` cannot be the name of a service account: it has 6 to 30 letters, with the suffix of an environment");
            return Err(Diagnostic::error(Code::PlatformName, at, message).help("take another name, or another suffix"));
        }
        Ok(())
    }

    /// `"roles/storage.objectViewer" on bucket raw because "…"`
    fn rights(&mut self, words: &mut Words<'_>, key: Key<'_>, rights: &mut Vec<Right>, places: &mut Vec<Span>) -> Read<()> {
        let roles = words.list(|words| {
            let at = words.here();
            let name = words.text("a role of Google's")?;
            predefined(&name, at).map(|role| (role, at))
        })?;
        let on = if words.take("on") { self.reaches(words)? } else { vec![(Reach::Project, key.at)] };
        let because = if words.take("because") {
            let at = words.here();
            let why = words.text("why")?;
            if why.trim().is_empty() {
                return Err(wrong(at, "a reason says something"));
            }
            Some(why)
        } else {
            None
        };
        for (role, at) in roles {
            for (reach, place) in &on {
                fits(role, reach, at)?;
                if rights.iter().any(|r| r.role == role && r.on == *reach) {
                    return Err(bad(at, format!("`{}` is given twice", role.name)));
                }
                rights.push(Right { role, on: reach.clone(), because: because.clone(), at });
                places.push(*place);
            }
        }
        Ok(())
    }

    /// `bucket raw`, `dataset emr_raw, emr_marts`, `service_account dbt`, `project`
    fn reaches(&self, words: &mut Words<'_>) -> Read<Vec<(Reach, Span)>> {
        let kind = words.key("what the roles are given on")?;
        if kind.text == "project" {
            return Ok(vec![(Reach::Project, kind.at)]);
        }
        let program = &self.out.program;
        let mut found = Vec::new();
        for (name, at) in words.names("a name")? {
            let reach = match kind.text {
                "bucket" => {
                    let place = (0_u32..).zip(&program.buckets).find(|(_, b)| b.name == name);
                    let (index, bucket) = place.ok_or_else(|| unknown("bucket", name.as_str(), at, self.names_of("buckets")))?;
                    if !bucket.lies_in(program, "gcp") {
                        return Err(bad(at, format!("bucket `{name}` does not lie at Google")).mark(bucket.at, "declared here"));
                    }
                    Reach::Bucket(index)
                }
                "dataset" => {
                    let known = self.dataset_names();
                    if !known.contains(&name) {
                        return Err(unknown("dataset that is made here", name.as_str(), at, known.iter().map(Ident::as_str))
                            .help("it is the schema of a layer, or is declared: `dataset … on gcp`"));
                    }
                    Reach::Dataset(name)
                }
                "service_account" => Reach::Account(name),
                _ => return Err(choice("thing that roles are given on", kind, ["project", "bucket", "dataset", "service_account"])),
            };
            found.push((reach, at));
        }
        Ok(found)
    }

    /// Models are not read yet: the schemas of all layers, of sources over files, and what is declared.
    fn dataset_names(&self) -> Vec<Ident> {
        let program = &self.out.program;
        let declared = program.platform.datasets.iter().map(|d| d.name.clone());
        let files = program.platform.externals.iter().filter_map(|e| match self.out.slots.get(e.table.0 as usize) {
            Some(super::super::Slot::Ready(table)) => match &table.kind {
                crate::ir::TableKind::Source(source) => Some(source.schema.clone()),
                _ => None,
            },
            _ => None,
        });
        program.layers.iter().map(|l| l.schema.clone()).chain(declared).chain(files).collect()
    }

    /// A dataset has one name in all environments, since queries name it: so each environment has a project of its own.
    fn apart(&mut self) {
        let program = &self.out.program;
        let several = program.platform.environments.len() > 1;
        if !several || !program.makes_datasets() || program.datasets().is_empty() && program.layers.is_empty() {
            return;
        }
        let cloud = program.project.clouds.iter().find(|c| *c.provider == *"gcp");
        let problem = match cloud.and_then(|c| c.settings.get("project")) {
            Some(Setting::Text(name)) => Some((program.project.at, format!("all environments would share the datasets of `{name}`"))),
            Some(Setting::Variable(variable)) => {
                let mut seen: BTreeMap<&str, &Ident> = BTreeMap::new();
                let default = program.platform.variables.iter().find(|v| v.name.as_str() == &**variable).and_then(|v| v.default.as_ref());
                program.platform.environments.iter().find_map(|e| {
                    let Some(Value::Text(project)) = e.values.get(&Ident::exact(variable)).or(default) else { return None };
                    let first = seen.insert(project, &e.name)?;
                    Some((e.at, format!("`{first}` and `{}` would share the datasets of `{project}`", e.name)))
                })
            }
            _ => None,
        };
        if let Some((at, message)) = problem {
            let help = "give each environment a project of its own: `project = var(\"google_project_id\")` in the cloud";
            self.diagnostics.push(bad(at, message).help(help));
        }
    }
}

fn predefined(name: &str, at: Span) -> Read<&'static Predefined> {
    if let Some(role) = ROLES.iter().find(|r| r.name == name) {
        return Ok(role);
    }
    let problem = bad(at, format!("`{name}` is no role that a service account is given here"));
    Err(match nearest(name, ROLES.iter().map(|r| r.name)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("the reference page lists them: a role that pipec does not know could open what nobody sees"),
    })
}

/// Whether a role can be given on something.
fn fits(role: &Predefined, reach: &Reach, at: Span) -> Read<()> {
    let good = match (reach, role.about) {
        (Reach::Project, _) => true,
        (Reach::Bucket(_), About::Files) | (Reach::Dataset(_), About::Tables) | (Reach::Account(_), About::Accounts) => role.narrow,
        _ => false,
    };
    if good {
        return Ok(());
    }
    let help = match role.about {
        _ if !role.narrow => "it holds for a whole project: leave `on …` out",
        About::Files => "it is given on buckets: `on bucket raw`",
        About::Tables => "it is given on datasets: `on dataset emr_raw`",
        About::Accounts | About::Nothing => "it is given on accounts: `on service_account dbt`",
    };
    Err(bad(at, format!("`{}` cannot be given there", role.name)).help(help))
}

/// `labels { team "analytics" }`
fn labels(words: &mut Words<'_>, labels: &mut BTreeMap<Arc<str>, Arc<str>>) -> Read<()> {
    for sentence in words.block().unwrap_or_default() {
        let mut inner = Words::new(words.generator, words.env, sentence);
        let (name, at) = inner.name("the name of a label")?;
        inner.symbol("=");
        let value = inner.text("the value of a label")?;
        inner.end()?;
        let plain =
            |text: &str| text.len() <= 63 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
        if !plain(name.as_str()) || !plain(&value) || !name.as_str().starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(bad(at, "a label at Google has a name and a value of lower-case letters, digits, `_` and `-`, at most 63 of them"));
        }
        if ["project", "written_by", "environment"].contains(&name.as_str()) {
            return Err(bad(at, format!("every resource has a label `{name}` already")));
        }
        if labels.insert(Arc::from(name.as_str()), value).is_some() {
            return Err(bad(at, format!("the label `{name}` is given twice")));
        }
    }
    Ok(())
}
