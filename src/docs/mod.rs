//! `pipec docs`: a static site of a checked program, for people. What is this column, where does it come from, who sees it, and in which form.
//!
//! Pages are templates filled with data (`templates/`), pictures are drawn here. The site needs no server, no network and no script to be read:
//! the one script is the search. Names and texts are escaped where they are placed, and a policy in every page lets nothing else run.

mod access;
mod catalog;
mod columns;
mod erd;
mod glossary;
mod groups;
mod layout;
mod lineage;
mod outside;
mod page;
mod picture;
mod search;
mod site;
mod table;
#[cfg(test)]
mod tests;
mod words;

use crate::backend::{self, FileTree};
use crate::base::{Sources, VPath};
use crate::check::Checked;
use crate::diag::{Code, Diagnostic, Diagnostics};
use page::Pages;
use site::Site;

/// The site of a program: its pages by path. The same program gives the same bytes.
///
/// `sources` are the texts it was compiled from: reasons are shown as they are written.
pub fn site(program: &Checked, sources: &Sources, diagnostics: &mut Diagnostics) -> FileTree {
    let mut out = evidence(program, diagnostics);
    let site = Site::new(program.program(), sources, out.iter().map(|(path, _)| path.to_string()).collect());
    let broken = |problem: String| {
        Diagnostic::error(Code::TargetName, program.program().project.at, format!("the documentation cannot be written: {problem}"))
    };
    match Pages::new().and_then(|pages| pages_of(&site, &pages)) {
        Ok(files) => files.into_iter().for_each(|(path, text)| match VPath::new(&path) {
            Ok(path) => out.insert(path, text),
            Err(_) => diagnostics.push(broken(format!("`{path}` cannot be the name of a file"))),
        }),
        Err(problem) => diagnostics.push(broken(problem)),
    }
    out
}

/// The evidence report, whether or not `emit` asks for it.
fn evidence(program: &Checked, diagnostics: &mut Diagnostics) -> FileTree {
    let mut out = FileTree::new();
    for backend in backend::registry().into_iter().filter(|b| b.id() == "evidence") {
        backend.emit(program, &mut out, diagnostics);
    }
    out
}

type Files = Vec<(String, String)>;

fn pages_of(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let mut files = vec![
        ("style.css".to_owned(), include_str!("templates/style.css").to_owned()),
        ("search.js".to_owned(), include_str!("templates/search.js").to_owned()),
    ];
    files.extend(groups::pages(site, pages)?);
    files.extend(table::pages(site, pages)?);
    files.extend(access::pages(site, pages)?);
    files.extend(catalog::pages(site, pages)?);
    files.extend(outside::pages(site, pages)?);
    files.extend(glossary::pages(site, pages)?);
    files.extend(erd::pages(site, pages)?);
    files.extend(search::pages(site, pages)?);
    Ok(files)
}
