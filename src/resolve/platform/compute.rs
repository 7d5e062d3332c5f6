use super::super::collect::Found;
use super::super::reader::Reader;
use super::super::words::{Key, Read, Words, missing, unknown, wrong};
use super::database::gigabytes;
use super::network::{Cidr, reason};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::platform::{Allow, Compute, Expr, Given, Origin, Side, Source};
use crate::ir::{StepAction, Tagged, Thing};
use crate::syntax::ast::WordKind;
use std::collections::BTreeSet;
use std::sync::Arc;

const COMPUTE: [&str; 17] = [
    "type",
    "image",
    "in",
    "allow",
    "uses",
    "runs",
    "secret",
    "disk",
    "sessions",
    "containers",
    "bootstrap",
    "env",
    "adopt",
    "moved",
    "called",
    "owner",
    "tags",
];
/// Ports by name.
const PORTS: [(&str, u32); 4] = [("ssh", 22), ("http", 80), ("https", 443), ("postgres", 5432)];
/// What EC2 takes as user data is 16 KiB; some of it is pipec's own.
const LARGEST_SCRIPT: usize = 12 * 1024;

#[derive(Default)]
struct Said {
    class: Option<Given>,
    image: Option<Given>,
    place: Option<(Ident, Side)>,
    allows: Vec<Allow>,
    uses: Vec<Ident>,
    runs: Vec<(Ident, Span)>,
    runs_exports: bool,
    runs_loads: bool,
    secrets: Vec<Arc<str>>,
    disk: Option<u32>,
    sessions: bool,
    containers: bool,
    bootstrap: Option<(Arc<str>, Arc<str>)>,
    environment: Vec<(Arc<str>, Expr)>,
    origin: Origin,
}

impl<'a> Reader<'a, '_> {
    /// `compute airflow on aws { type "t3.medium"; image var("ami"); in main public; … }`
    pub(super) fn computes(&mut self, found: &[Found<'a>]) {
        self.each(found, "compute", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "machine", "machines")? else { return Ok(()) };
            reader.cloud_word(words, "aws")?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut said = Said::default();
            let reported = reader.diagnostics.len();
            let mut tagged = Tagged::default();
            reader.settings(words, |reader, words, key| match super::super::tagged::said(words, key, &mut tagged)? {
                true => Ok(()),
                false => reader.compute_setting(&mut said, words, key),
            });
            reader.tag(Thing::Compute, &name, tagged);
            if reader.diagnostics.len() > reported {
                return Ok(());
            }
            let lacks = |what: &str, help: &str| missing(at, format!("machine `{name}` lacks {what}")).help(format!("add `{help}`"));
            let (network, side) = said.place.ok_or_else(|| lacks("its network", "in main"))?;
            if let (Some((var, _)), None) = (said.environment.first(), &said.bootstrap) {
                return Err(
                    missing(at, format!("nothing runs on machine `{name}` that would read `{var}`")).help("add `bootstrap \"….sh\"`")
                );
            }
            let compute = Compute {
                class: said.class.ok_or_else(|| lacks("its type", "type \"t3.medium\""))?,
                image: said.image.ok_or_else(|| lacks("its image", "image \"ami-0123456789abcdef0\""))?,
                network,
                side,
                allows: said.allows,
                uses: said.uses,
                runs: said.runs,
                runs_exports: said.runs_exports,
                runs_loads: said.runs_loads,
                exports: BTreeSet::new(),
                loads: BTreeSet::new(),
                secrets: said.secrets,
                disk: said.disk.unwrap_or(30),
                sessions: said.sessions,
                containers: said.containers,
                bootstrap: said.bootstrap,
                environment: said.environment,
                origin: said.origin,
                name,
                doc,
                at,
            };
            reader.out.program.platform.computes.push(compute);
            Ok(())
        });
        let all: Vec<_> = self.out.program.platform.computes.iter().map(|n| (n.name.clone(), n.origin.clone(), n.at)).collect();
        self.moves("machine", &all);
        self.callers();
    }

    /// What running their pipelines takes: whoever runs an export writes it, and whoever runs a load moves what it reads.
    pub(in crate::resolve) fn machines_run(&mut self) {
        let mut wrong = Vec::new();
        let program = &mut self.out.program;
        for compute in &mut program.platform.computes {
            for (name, at) in &compute.runs {
                let Some(pipeline) = program.pipelines.iter().find(|p| p.name == *name) else {
                    wrong.push((name.clone(), *at));
                    continue;
                };
                for step in &pipeline.steps {
                    match &step.action {
                        StepAction::Export(exports) => compute.exports.extend(exports),
                        StepAction::Load(loads) => compute.loads.extend(loads),
                        _ => {}
                    }
                }
            }
            if compute.runs_exports {
                compute.exports = (0u32..).zip(&program.exports).map(|(n, _)| n).collect();
            }
            if compute.runs_loads {
                compute.loads = (0u32..).zip(&program.loads).map(|(n, _)| n).collect();
            }
            compute.loads.retain(|l| program.loads.get(*l as usize).is_some_and(|l| l.bucket.is_some()));
        }
        for (name, at) in wrong.into_iter().filter(|(name, _)| !self.declared("pipelines", name)).collect::<Vec<_>>() {
            let problem = unknown("pipeline", name.as_str(), at, self.names_of("pipelines"));
            self.diagnostics.push(problem);
        }
    }

    /// Machines and databases that a machine reaches, or is reached from, lie in its network.
    fn callers(&mut self) {
        let platform = &self.out.program.platform;
        let mut wrong = Vec::new();
        for compute in &platform.computes {
            for allow in &compute.allows {
                let Source::Compute(from) = &allow.from else { continue };
                match platform.compute(from) {
                    None if self.declared("machines", from) => {}
                    None => wrong.push(unknown("machine", from.as_str(), allow.at, self.names_of("machines"))),
                    Some(other) if other.network != compute.network => wrong.push(apart(allow.at, from, &compute.name)),
                    Some(_) => {}
                }
            }
            for used in &compute.uses {
                if platform.database(used).is_some_and(|d| d.network != compute.network) {
                    wrong.push(apart(compute.at, used, &compute.name));
                }
            }
        }
        wrong.into_iter().for_each(|d| self.diagnostics.push(d));
    }

    fn compute_setting(&mut self, said: &mut Said, words: &mut Words<'_>, key: Key<'_>) -> Read<()> {
        let at = words.here();
        match key.text {
            "type" => said.class = Some(self.given(words, "the type", class)?),
            "image" => said.image = Some(self.given(words, "the image", image)?),
            "in" => said.place = Some(self.place(words)?),
            "allow" => said.allows.push(allow(words, at)?),
            "uses" => {
                let (name, at) = words.name("a database")?;
                if !self.declared("databases", &name) {
                    return Err(unknown("database", name.as_str(), at, self.names_of("databases")));
                }
                said.uses.push(name);
            }
            "runs" => {
                for (name, at) in words.names("`exports`, `loads`, or a pipeline")? {
                    match name.as_str() {
                        "exports" => said.runs_exports = true,
                        "loads" => said.runs_loads = true,
                        _ => said.runs.push((name, at)),
                    }
                }
            }
            "secret" => said.secrets.push(secret(words)?),
            "disk" => {
                let size = words.next().and_then(gigabytes).filter(|n| (8..=16_384).contains(n));
                said.disk = Some(size.ok_or_else(|| wrong(at, "`disk` is 8GB to 16384GB"))?);
            }
            "sessions" => said.sessions = true,
            "containers" => said.containers = true,
            "bootstrap" => said.bootstrap = Some(self.script(words)?),
            "env" => {
                let name = variable(words)?;
                words.symbol("=");
                let value = self.platform_value(words)?;
                if said.environment.iter().any(|(n, _)| *n == name) {
                    return Err(wrong(at, format!("`{name}` is said twice")));
                }
                said.environment.push((name, value));
            }
            "adopt" => self.adopt(words, &mut said.origin)?,
            "moved" => self.moved(words, &mut said.origin)?,
            "called" => said.origin.called = Some(self.cloud_name(words)?),
            _ => return Err(key.unknown("machine", &COMPUTE)),
        }
        Ok(())
    }

    /// `bootstrap "user_data.sh"`: a file of the project.
    fn script(&mut self, words: &mut Words<'_>) -> Read<(Arc<str>, Arc<str>)> {
        let at = words.here();
        let path = words.text("the script")?;
        let bad = |message: String| Diagnostic::error(Code::BadBootstrap, at, message);
        let file = VPath::new(&path).ok().filter(|_| path.ends_with(".sh")).and_then(|p| self.sources.data(&p));
        let file = file.ok_or_else(|| {
            let all: Vec<&str> = self.sources.data_files().map(|f| f.path.as_str()).filter(|p| p.ends_with(".sh")).collect();
            bad(format!("there is no script `{path}`"))
                .suggest(&path, all)
                .help("it is a file `….sh` of the project, from the project's folder on")
        })?;
        let text = std::str::from_utf8(&file.bytes).map_err(|_| bad(format!("`{path}` is no UTF-8 text")))?;
        if text.contains('\r') || text.contains('\0') {
            return Err(bad(format!("`{path}` has line ends of Windows, which no shell takes")).help("save it with line feeds alone"));
        }
        if text.len() > LARGEST_SCRIPT {
            let message = format!("`{path}` is {} bytes long, and EC2 takes scripts of {LARGEST_SCRIPT}", text.len());
            return Err(bad(message).help("fetch the larger part from a bucket when it runs"));
        }
        let shells = ["#!/bin/bash", "#!/usr/bin/env bash", "#!/bin/sh", "#!/usr/bin/env sh"];
        let first = text.lines().next().unwrap_or("");
        if first.starts_with("#!") && !shells.iter().any(|s| first == *s || first.strip_prefix(s).is_some_and(|r| r.starts_with(' '))) {
            return Err(bad(format!("`{path}` is run by bash, and its first line asks for something else")));
        }
        Ok((path, Arc::from(text)))
    }
}

fn apart(at: Span, one: &Ident, other: &Ident) -> Diagnostic {
    Diagnostic::error(Code::BadNetwork, at, format!("`{one}` and `{other}` lie in different networks")).help("put both `in` one network")
}

/// `https from "198.51.100.0/24"`, `8080 from airflow`, `https from "0.0.0.0/0" because "…"`
fn allow(words: &mut Words<'_>, at: Span) -> Read<Allow> {
    let port = match words.peek_key() {
        Some(key) => {
            words.next();
            let found = PORTS.iter().find(|(name, _)| *name == key.text);
            found.map(|(_, port)| *port).ok_or_else(|| super::super::words::choice("port", key, PORTS.map(|(n, _)| n)))?
        }
        None => words.number("the port")?,
    };
    if port == 0 || port > 65_535 {
        return Err(wrong(at, format!("there is no port {port}")));
    }
    words.expect("from")?;
    let place = words.here();
    if matches!(words.peek().map(|w| &w.kind), Some(WordKind::Name(_))) {
        let (name, _) = words.name("a machine, or addresses")?;
        return Ok(Allow { port, from: Source::Compute(name), because: None, at });
    }
    let text = words.text("a machine, or addresses")?;
    let world = Cidr::read(&text, place)?.is_world();
    let because = if words.take("because") { Some(reason(words)?) } else { None };
    if world && because.is_none() {
        let message = format!("port {port} is open to the world, and nothing says why");
        return Err(Diagnostic::error(Code::OpenToTheWorld, place, message)
            .help("write the addresses of those who need it, or `because \"…\"` behind it"));
    }
    Ok(Allow { port, from: Source::Cidr(text), because, at })
}

fn class(text: &str) -> Option<String> {
    let good = text.split_once('.').is_some_and(|(family, size)| {
        [family, size].iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    });
    (!good).then(|| "is no type of EC2, like `t3.medium`".to_owned())
}

fn image(text: &str) -> Option<String> {
    let good = text
        .strip_prefix("ami-")
        .is_some_and(|id| id.len() >= 8 && id.len() <= 17 && id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
    (!good).then(|| "is no image of EC2, like `ami-0123456789abcdef0`".to_owned())
}

/// `secret("medilink/dbt")`, read as a word: `secret "medilink/dbt"`.
fn secret(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text("the name of the secret")?;
    let good = !text.is_empty() && text.len() <= 512 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b));
    good.then_some(text).ok_or_else(|| wrong(at, "the name of a secret is letters, digits and `/_+=.@-`"))
}

/// A name that a shell takes.
fn variable(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let name = words.peek_key().map(|k| Arc::<str>::from(k.text));
    words.next();
    let good = |n: &str| {
        n.starts_with(|c: char| c.is_ascii_uppercase()) && n.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let taken = ["PATH", "HOME", "IFS", "ENV", "BASH_ENV", "SHELL", "PS4", "LD_PRELOAD"];
    name.filter(|n: &Arc<str>| good(n) && !taken.contains(&&**n))
        .ok_or_else(|| wrong(at, "a variable of a script is capital letters, digits and `_`, and none that shells use themselves"))
}
