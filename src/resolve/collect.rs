use super::{Env, Generator};
use crate::base::{FileId, Sources, VPath};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::{File, For, Item, ItemKind, Name, Sentence, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Library files are mounted under this folder; a project cannot declare modules.
const LIBRARY: &str = "std/";

/// A declaration outside all loops, with the loop variables that were in force.
pub(super) struct Found<'a> {
    pub(super) item: &'a Item,
    pub(super) env: Env,
    /// The library module it belongs to; empty in the project.
    pub(super) module: Arc<str>,
}

impl<'a> Found<'a> {
    /// The item as a sentence that starts with this keyword.
    pub(super) fn sentence(&self, keyword: &str) -> Option<&'a Sentence> {
        match &self.item.kind {
            ItemKind::Sentence(sentence) if first_word(sentence) == Some(keyword) => Some(sentence),
            _ => None,
        }
    }

    /// Whether the shipped library declares it.
    pub(super) fn standard(&self) -> bool {
        !self.module.is_empty()
    }
}

/// The keyword of a sentence.
pub(super) fn first_word(sentence: &Sentence) -> Option<&str> {
    sentence.words.first().and_then(super::words::plain)
}

/// Every declaration in force: those of the library modules used, then the project's, both in order of path.
pub(super) struct Collected<'a> {
    pub(super) found: Vec<Found<'a>>,
    /// Library files that nothing uses, for hints.
    pub(super) unused: Vec<(Arc<str>, &'a File)>,
}

struct Source<'a> {
    path: &'a VPath,
    file: &'a File,
    module: Arc<str>,
}

pub(super) fn collect<'a>(
    generator: &Generator<'a>,
    sources: &'a Sources,
    files: &'a [(FileId, Arc<File>)],
    diagnostics: &mut Diagnostics,
) -> Collected<'a> {
    let mut all: Vec<Source<'a>> = files
        .iter()
        .filter_map(|(id, file)| {
            let path = &sources.get(*id)?.path;
            let module = if path.as_str().starts_with(LIBRARY) { module_of(file, path) } else { Arc::default() };
            Some(Source { path, file, module })
        })
        .collect();
    all.sort_by(|a, b| (a.module.is_empty(), a.path).cmp(&(b.module.is_empty(), b.path)));
    let used = modules_in_force(&all, diagnostics);
    let mut collected = Collected { found: Vec::new(), unused: Vec::new() };
    for source in &all {
        if !source.module.is_empty() && !used.contains(&source.module) {
            collected.unused.push((source.module.clone(), source.file));
            continue;
        }
        if let (true, Some(name)) = (source.module.is_empty(), &source.file.module) {
            diagnostics.push(
                Diagnostic::error(Code::BadSetting, name.at, "only the standard library declares modules")
                    .help("remove this line: every file of a project shares one namespace"),
            );
        }
        for item in &source.file.items {
            unroll(generator, item, &Env::EMPTY, &source.module, &mut collected.found, diagnostics);
        }
    }
    collected
}

/// `module std.x`, or what the path says.
fn module_of(file: &File, path: &VPath) -> Arc<str> {
    match &file.module {
        Some(name) => Arc::from(dotted(name)),
        None => Arc::from(path.as_str().trim_end_matches(".pipe").replace('/', ".")),
    }
}

/// A name without holes, as `use` and `module` have it.
fn dotted(name: &Name) -> String {
    let part = |t: &Template| match t {
        Template::Plain(text) => text.to_string(),
        Template::Mixed(_) => "${…}".to_owned(),
    };
    name.parts.iter().map(|p| part(&p.text)).collect::<Vec<_>>().join(".")
}

/// `std.core`, what the project uses, and what that uses. Every other module speaks of the categories of `std.hipaa`.
fn modules_in_force(all: &[Source<'_>], diagnostics: &mut Diagnostics) -> BTreeSet<Arc<str>> {
    let mut uses: BTreeMap<Arc<str>, Vec<&Name>> = BTreeMap::new();
    for source in all {
        let wanted = source.file.items.iter().filter_map(|i| if let ItemKind::Use(name) = &i.kind { Some(name) } else { None });
        uses.entry(source.module.clone()).or_default().extend(wanted);
    }
    let mut in_force: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut queue: Vec<Arc<str>> = vec![Arc::from("std.core"), Arc::default()];
    while let Some(module) = queue.pop() {
        if !in_force.insert(module.clone()) {
            continue;
        }
        if module.starts_with("std.") && &*module != "std.core" {
            queue.push(Arc::from("std.hipaa"));
        }
        for name in uses.get(&module).into_iter().flatten() {
            let wanted = dotted(name);
            match uses.get_key_value(wanted.as_str()).filter(|(m, _)| !m.is_empty()) {
                Some((known, _)) => queue.push(known.clone()),
                None => {
                    let known: Vec<&str> = uses.keys().filter(|m| !m.is_empty()).map(|m| &**m).collect();
                    let list = known.iter().map(|m| format!("`{m}`")).collect::<Vec<_>>().join(", ");
                    let problem = Diagnostic::error(Code::UnknownName, name.at, format!("no module is named `{wanted}`"));
                    diagnostics.push(problem.suggest(&wanted, known).help(format!("the modules are {list}")));
                }
            }
        }
    }
    in_force
}

fn unroll<'a>(
    generator: &Generator<'a>,
    item: &'a Item,
    env: &Env,
    module: &Arc<str>,
    found: &mut Vec<Found<'a>>,
    diagnostics: &mut Diagnostics,
) {
    match &item.kind {
        ItemKind::Use(_) => {}
        ItemKind::For(loop_) => unroll_loop(generator, loop_, env, module, found, diagnostics),
        _ => found.push(Found { item, env: env.clone(), module: module.clone() }),
    }
}

fn unroll_loop<'a>(
    generator: &Generator<'a>,
    loop_: &'a For<Item>,
    env: &Env,
    module: &Arc<str>,
    found: &mut Vec<Found<'a>>,
    diagnostics: &mut Diagnostics,
) {
    for inner in generator.rounds(loop_, env, diagnostics) {
        for item in &loop_.body {
            if let ItemKind::Use(name) = &item.kind {
                diagnostics.push(Diagnostic::error(Code::BadSetting, name.at, "`use` cannot stand in a loop"));
            }
            unroll(generator, item, &inner, module, found, diagnostics);
        }
    }
}

/// Which unused library module declares a name: `@phone` needs `use std.hipaa`.
pub(super) fn module_with(unused: &[(Arc<str>, &File)], keyword: &str, name: &str) -> Option<Arc<str>> {
    let declares = |item: &Item| match &item.kind {
        ItemKind::Sentence(s) => first_word(s) == Some(keyword) && s.words.get(1).and_then(super::words::plain) == Some(name),
        ItemKind::Type(t) => keyword == "type" && matches!(&t.name.text, Template::Plain(text) if text == name),
        _ => false,
    };
    unused.iter().find(|(_, file)| file.items.iter().any(declares)).map(|(module, _)| module.clone())
}
