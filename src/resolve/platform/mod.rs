//! What a platform runs on: environments, variables, networks, databases, machines, outputs, and Terraform as it was written.

mod compute;
mod database;
mod google;
mod network;
mod origin;
mod output;
mod variables;

use super::collect::Found;
use super::reader::Reader;
use super::words::{Read, Words, choice, unknown, wrong};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::Setting;
use crate::ir::platform::{Given, Raw, Value, ValueType};
use crate::syntax::ast::ItemKind;
use std::sync::Arc;

/// What Terraform takes for itself, and what pipec calls its own.
const TAKEN: [&str; 17] = [
    "source",
    "version",
    "providers",
    "count",
    "for_each",
    "lifecycle",
    "depends_on",
    "locals",
    "environment",
    "exporter_arns",
    "loader_arns",
    "uploader_arns",
    "google_project",
    "google_location",
    "google_exporters",
    "google_builder",
    "owner_of_policies",
];

impl<'a> Reader<'a, '_> {
    /// Reads what is left of it. Variables, environments and buckets have been read.
    pub(super) fn platform(&mut self, found: &[Found<'a>]) {
        self.long_names();
        self.networks(found);
        self.databases(found);
        self.computes(found);
        self.google(found);
        self.outputs(found);
        for one in found {
            if let ItemKind::TerraformRaw(raw) = &one.item.kind {
                let text: Arc<str> = Arc::from(self.sources.slice(raw.at));
                self.out.program.platform.raw.push(Raw { text, at: raw.at });
            }
        }
        self.alarms();
        self.unwritten();
    }

    /// Whom alarms are mailed to is a variable of type text.
    fn alarms(&mut self) {
        let program = &self.out.program;
        let told = program.project.clouds.iter().filter_map(|c| c.settings.get("alarms"));
        let unknown_one = told
            .filter_map(|s| if let Setting::Variable(name) = s { Some(Ident::exact(name)) } else { None })
            .find(|name| !program.platform.variables.iter().any(|v| v.name == *name && v.ty == ValueType::Text));
        if let Some(name) = unknown_one {
            let problem = unknown("variable of type text", name.as_str(), program.project.at, self.names_of("variables"));
            self.diagnostics.push(problem);
        }
    }

    /// Buckets' names have room for the environments' suffixes.
    fn long_names(&mut self) {
        let program = &self.out.program;
        let room = 63usize.saturating_sub(program.platform.longest_suffix());
        let long = program.buckets.iter().filter(|b| program.platform.longest_suffix() > 0 && b.bucket_name.len() > room);
        let long: Vec<Diagnostic> = long
            .map(|b| {
                let message =
                    format!("`{}` and the suffix of an environment are longer than the 63 letters of a bucket's name", b.bucket_name);
                Diagnostic::error(Code::PlatformName, b.at, message).help("take a shorter name, or give the environment `suffix \"-…\"`")
            })
            .collect();
        long.into_iter().for_each(|d| self.diagnostics.push(d));
    }

    /// Without `terraform` among the targets nothing of it is made.
    fn unwritten(&mut self) {
        let program = &self.out.program;
        let emit = &program.project.emit;
        if emit.is_empty() || emit.iter().any(|e| &**e == "terraform") {
            return;
        }
        let p = &program.platform;
        let all = p.networks.iter().map(|n| n.at).chain(p.databases.iter().map(|d| d.at)).chain(p.computes.iter().map(|c| c.at));
        let all = all.chain(p.datasets.iter().map(|d| d.at)).chain(p.accounts.iter().map(|a| a.at));
        let all = all.chain(p.environments.iter().map(|e| e.at)).chain(p.raw.iter().map(|r| r.at)).chain(p.outputs.iter().map(|o| o.at));
        if let Some(first) = all.min() {
            let warning = Diagnostic::warning(Code::NotEmittedYet, first, "this is made by Terraform, which is not emitted");
            self.diagnostics.push(warning.help("add `terraform` to `emit`"));
        }
    }

    /// A name that stands in Terraform and in the cloud as it is.
    fn plain_name(&mut self, words: &mut Words<'_>, what: &str, many: &'static str) -> Read<Option<(Ident, Span)>> {
        let (name, at) = words.name(&format!("the name of the {what}"))?;
        let good = name.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !good || !name.as_str().starts_with(|c: char| c.is_ascii_lowercase()) || name.as_str().len() > 40 || name.as_str().ends_with('_')
        {
            let message = format!("`{name}` cannot be the name of a {what}: it stands in Terraform and in the cloud as it is");
            return Err(Diagnostic::error(Code::PlatformName, at, message)
                .help("use lower-case letters, digits and `_`, from a letter to a letter or digit, at most 40 of them"));
        }
        Ok(self.declare(many, &name, at).then_some((name, at)))
    }

    /// `on aws`
    fn cloud_word(&mut self, words: &mut Words<'_>, provider: &str) -> Read<()> {
        words.expect("on")?;
        let word = words.key("the cloud's name")?;
        if word.text != provider {
            return Err(choice("cloud", word, [provider]));
        }
        if !self.out.program.project.clouds.iter().any(|c| *c.provider == *provider) {
            return Err(wrong(word.at, format!("the project has no cloud `{provider}`"))
                .help(format!("add `cloud {provider} {{ region = \"…\" }}` to the project")));
        }
        Ok(())
    }

    /// A text, or a variable that holds one; `fits` says what is wrong with a text, and every text that the variable may be has to fit.
    fn given(&mut self, words: &mut Words<'_>, what: &str, fits: impl Fn(&str) -> Option<String>) -> Read<Given> {
        let at = words.here();
        if let Some((key, mut args)) = words.call() {
            let [inner] = args.as_mut_slice() else { return Err(wrong(key.at, "`var` takes one name")) };
            if key.text != "var" {
                return Err(wrong(key.at, format!("{what} is a text or `var(\"…\")`")));
            }
            let name = variable_name(inner)?;
            let variable = self.variable(&name, at)?;
            if variable.0 != ValueType::Text {
                return Err(wrong(at, format!("{what} is a text, and the variable `{name}` is of type {}", variable.0.name())));
            }
            for text in self.texts_of(&name) {
                if let Some(problem) = fits(&text) {
                    return Err(wrong(at, format!("`{text}`, which `{name}` may be, {problem}")));
                }
            }
            return Ok(Given::Variable(name));
        }
        let text = words.text(what)?;
        match fits(&text) {
            Some(problem) => Err(wrong(at, format!("`{text}` {problem}"))),
            None => Ok(Given::Text(text)),
        }
    }

    /// The type of a variable and whether it is sensitive.
    fn variable(&self, name: &Ident, at: Span) -> Read<(ValueType, bool)> {
        let found = self.out.program.platform.variables.iter().find(|v| v.name == *name);
        let known = self.names_of("variables");
        found.map(|v| (v.ty, v.sensitive)).ok_or_else(|| unknown("variable", name.as_str(), at, known))
    }

    /// Texts that a variable is known to take.
    fn texts_of(&self, name: &Ident) -> Vec<Arc<str>> {
        let platform = &self.out.program.platform;
        let Some(variable) = platform.variables.iter().find(|v| v.name == *name) else { return Vec::new() };
        let given = platform.environments.iter().filter_map(|e| e.values.get(name)).chain(&variable.default);
        let given = given.filter_map(|v| if let Value::Text(t) = v { Some(t.clone()) } else { None });
        given.chain(variable.one_of.iter().cloned()).collect()
    }
}

/// The name in `var("x")` or `var(x)`.
fn variable_name(words: &mut Words<'_>) -> Read<Ident> {
    let name = match words.peek_key() {
        Some(_) => words.name("the variable")?.0,
        None => Ident::exact(&words.text("the name of the variable")?),
    };
    words.end()?;
    Ok(name)
}
