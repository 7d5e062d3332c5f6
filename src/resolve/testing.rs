//! Resolves small projects from text, for the tests of this folder.

use super::{Generator, Resolved, Slot, resolve};
use crate::base::{FileId, Sources, VPath};
use crate::diag::{Diagnostics, Severity};
use crate::ir::Table;
use crate::syntax::{self, ast};
use std::sync::Arc;

/// A project and what it resolves to.
pub(super) struct Project {
    sources: Sources,
    files: Vec<(FileId, Arc<ast::File>)>,
    diagnostics: Diagnostics,
}

impl Project {
    /// From files by path; those that don't end in `.pipe` are data. The whole standard library is at hand.
    pub(super) fn new(files: &[(&str, &str)]) -> Project {
        let mut sources = Sources::new();
        let mut diagnostics = Diagnostics::new();
        let mut parsed = Vec::new();
        for (path, text) in files.iter().chain(crate::stdlib::files()) {
            let vpath = VPath::new(path).unwrap();
            if vpath.extension() == "pipe" {
                let id = sources.add(vpath, *text);
                parsed.push((id, Arc::new(syntax::parse(id, text, &mut diagnostics))));
            } else {
                sources.add_data(vpath, text.as_bytes());
            }
        }
        Project { sources, files: parsed, diagnostics }
    }

    /// One file, behind a `project` and two layers.
    pub(super) fn of(text: &str) -> Project {
        Project::with_data(text, &[])
    }

    /// As [`Project::of`], with data files.
    pub(super) fn with_data(text: &str, data: &[(&str, &str)]) -> Project {
        let head = "project p { warehouse postgres }\nlayer staging schema \"stg\" as view\nlayer marts schema \"mart\" as table\n";
        let mut files = vec![("head.pipe", head), ("main.pipe", text)];
        files.extend(data);
        Project::new(&files)
    }

    /// Resolves it and hands both outcomes to `look`; diagnostics are `P0000 message | help` lines in order of place.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Resolved<'_>, &[String]) -> T) -> T {
        let generator = Generator::new(&self.sources);
        let mut diagnostics = self.diagnostics.clone();
        let resolved = resolve(&generator, &self.sources, &self.files, &mut diagnostics);
        let lines: Vec<String> = diagnostics
            .sorted(&self.sources)
            .iter()
            .map(|d| {
                let kind = if d.severity == Severity::Warning { "warning " } else { "" };
                let help = d.help.iter().map(|h| format!(" | {h}")).collect::<String>();
                format!("{kind}{} {}{help}", d.code.id(), d.message)
            })
            .collect();
        look(&resolved, &lines)
    }

    /// What is wrong with it.
    pub(super) fn errors(&self) -> Vec<String> {
        self.look(|_, lines| lines.to_vec())
    }

    /// What it resolves to, when nothing is wrong; that something is not emitted yet is nothing wrong.
    pub(super) fn fine<T>(&self, look: impl FnOnce(&Resolved<'_>) -> T) -> T {
        self.look(|resolved, lines| {
            let wrong: Vec<&str> = lines.iter().map(String::as_str).filter(|l| !l.starts_with("warning P0702")).collect();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            look(resolved)
        })
    }
}

/// A source's table or seed by the name it may be called.
pub(super) fn table<'r>(resolved: &'r Resolved<'_>, name: &str) -> &'r Table {
    match resolved.slots.get(resolved.program.table_names[name].0 as usize) {
        Some(Slot::Ready(table)) => table,
        _ => panic!("`{name}` is no source's table"),
    }
}

/// The names of all slots, in order.
pub(super) fn slot_names(resolved: &Resolved<'_>) -> Vec<String> {
    let name = |s: &Slot<'_>| match s {
        Slot::Ready(table) => table.name.to_string(),
        Slot::Pending(model) => model.pending.name.to_string(),
    };
    resolved.slots.iter().map(name).collect()
}
