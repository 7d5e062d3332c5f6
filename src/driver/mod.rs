//! The pipeline from sources to files, and nothing else: pure, without clock, environment or file system.

mod parsed;

use crate::backend::{self, Backend, FileTree};
use crate::base::{Ident, Sources};
use crate::check::{self, Checked};
use crate::diag::Diagnostics;
use crate::ir::Program;
use crate::{access, lower, resolve};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What a compilation is for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Emit files, or only check.
    pub emit: bool,
    /// Only these back ends, instead of the project's `emit` list.
    pub targets: Vec<String>,
    /// The day it is, ISO: what has an end, such as an Expert Determination, is held against it. It decides whether there are artifacts, and
    /// never what is in them. `None`: nothing has ended.
    pub today: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Compilation {
    /// The program, when nothing was wrong with it.
    pub program: Option<Checked>,
    /// The program of a project that was read as a whole and that only a check refused: what a person who looks for a leak asks about.
    pub refused: Option<Box<Program>>,
    /// The files of every target; empty unless asked for, or on errors.
    pub files: FileTree,
    /// Everything found, sorted by place.
    pub diagnostics: Diagnostics,
}

/// Compiles a project.
pub fn compile(sources: &Sources, options: &Options) -> Compilation {
    compile_watched(sources, options, &mut |_| {})
}

/// Compiles a project and says of each phase when it is done. Whoever listens has the clock: nothing here reads one.
pub fn compile_watched(sources: &Sources, options: &Options, done: &mut dyn FnMut(&'static str)) -> Compilation {
    let mut diagnostics = Diagnostics::new();
    let program = front_watched(sources, &BTreeMap::new(), &BTreeSet::new(), &mut diagnostics, done);
    let read = !diagnostics.has_errors();
    check::determinations(&program, options.today.as_deref(), &mut diagnostics);
    check::ages(&program, options.today.as_deref(), &mut diagnostics);
    let (program, refused) = match check::seal(program, &mut diagnostics, done) {
        Ok(checked) => (Some(checked), None),
        Err(refused) => (None, Some(refused).filter(|_| read)),
    };
    if let Some(program) = &program {
        doubt(program, sources, &mut diagnostics);
        done("check assertions");
    }
    let mut files = FileTree::new();
    if let Some(program) = program.as_ref().filter(|_| options.emit) {
        files = emit(program, options, &mut diagnostics);
        done("emit");
    }
    let diagnostics = diagnostics.sorted(sources);
    if diagnostics.has_errors() {
        files = FileTree::new();
    }
    Compilation { program: program.filter(|_| !diagnostics.has_errors()), refused, files, diagnostics }
}

/// Lowers the project again without belief in what some models assert of themselves, where an export may stand on that and nothing tests it before:
/// which exports would be refused then?
fn doubt(program: &Checked, sources: &Sources, diagnostics: &mut Diagnostics) {
    let believed = check::believed(program.program());
    if believed.is_empty() {
        return;
    }
    let mut found = Diagnostics::new();
    let doubting = front_watched(sources, &BTreeMap::new(), &believed, &mut found, &mut |_| {});
    check::untested(program.program(), &doubting, found, diagnostics);
}

/// The front end alone: what is declared, every body typed and traced, nothing judged, and broken things in it as they are.
///
/// `names` gives tables further names, such as those another tool's database and schemas make: written name → the name pipec knows.
pub fn front(sources: &Sources, names: &BTreeMap<Ident, Ident>, diagnostics: &mut Diagnostics) -> Program {
    front_watched(sources, names, &BTreeSet::new(), diagnostics, &mut |_| {})
}

fn front_watched(
    sources: &Sources,
    names: &BTreeMap<Ident, Ident>,
    doubted: &BTreeSet<Ident>,
    diagnostics: &mut Diagnostics,
    done: &mut dyn FnMut(&'static str),
) -> Program {
    let files = parsed::parse(sources, diagnostics);
    done("parse");
    let generator = resolve::Generator::new(sources);
    let mut resolved = resolve::resolve(&generator, sources, &files, diagnostics);
    let known = &mut resolved.program.table_names;
    for (written, name) in names {
        if let Some(id) = known.get(name).copied() {
            known.insert(written.clone(), id);
        }
    }
    done("resolve");
    let mut program = lower::lower_doubting(resolved, &generator, sources, doubted, diagnostics);
    access::show_in_tableau(&mut program);
    access::serve(&mut program);
    // The trees of ten thousand models weigh as much as what is written from them: they go when this returns.
    done("lower");
    program
}

fn emit(program: &Checked, options: &Options, diagnostics: &mut Diagnostics) -> FileTree {
    let wanted = |backend: &&'static dyn Backend| {
        if options.targets.is_empty() {
            program.program().project.emit.iter().any(|e| **e == *backend.id())
        } else {
            options.targets.iter().any(|t| t == backend.id())
        }
    };
    let backends: Vec<&'static dyn Backend> = backend::registry().into_iter().filter(wanted).collect();
    let emitted: Vec<_> = backends
        .par_iter()
        .map(|backend| {
            let (mut out, mut found) = (FileTree::new(), Diagnostics::new());
            backend.emit(program, &mut out, &mut found);
            (out, found)
        })
        .collect();
    let mut tree = FileTree::new();
    for (out, found) in emitted {
        tree.extend(out);
        diagnostics.extend(found);
    }
    tree
}
