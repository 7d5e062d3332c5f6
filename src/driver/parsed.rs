use crate::base::{FileId, Sources};
use crate::diag::Diagnostics;
use crate::stdlib;
use crate::syntax::{self, ast};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A file's tree.
pub(super) type Parsed = (FileId, Arc<ast::File>);

/// Trees of the standard library, by place among the sources: a process that compiles again (a survey, the tests) does not parse it again.
static LIBRARY: Mutex<BTreeMap<(FileId, &'static str), Arc<ast::File>>> = Mutex::new(BTreeMap::new());
/// Projects of different sizes put the library in different places; no more of them than this are kept.
const KEPT: usize = 256;

/// Parses every `.pipe` file, in parallel, in order of file.
pub(super) fn parse(sources: &Sources, diagnostics: &mut Diagnostics) -> Vec<Parsed> {
    let pipes: Vec<_> = sources.iter().filter(|(_, f)| f.path.extension() == "pipe").collect();
    let parsed: Vec<(Parsed, Diagnostics)> = pipes
        .par_iter()
        .map(|(id, file)| {
            let mut found = Diagnostics::new();
            let embedded = stdlib::files().iter().find(|(path, text)| file.path.as_str() == *path && *file.text == **text);
            let tree = match embedded {
                Some((path, text)) => library((*id, path), text),
                None => Arc::new(syntax::parse(*id, &file.text, &mut found)),
            };
            ((*id, tree), found)
        })
        .collect();
    let (files, found): (Vec<Parsed>, Vec<Diagnostics>) = parsed.into_iter().unzip();
    found.into_iter().for_each(|one| diagnostics.extend(one));
    files
}

/// The tree of a file of the library, which a test holds to be free of errors.
fn library(place: (FileId, &'static str), text: &'static str) -> Arc<ast::File> {
    let known = |trees: &BTreeMap<_, _>| trees.get(&place).cloned();
    if let Some(tree) = known(&LIBRARY.lock().unwrap_or_else(PoisonError::into_inner)) {
        return tree;
    }
    let tree = Arc::new(syntax::parse(place.0, text, &mut Diagnostics::new()));
    let mut trees = LIBRARY.lock().unwrap_or_else(PoisonError::into_inner);
    if trees.len() >= KEPT {
        trees.clear();
    }
    trees.insert(place, tree.clone());
    tree
}
