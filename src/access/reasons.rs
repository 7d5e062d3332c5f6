//! Why, in words: conditions and declarations as they are written, and with their values where a list writes them row by row.

use super::matrix::{Entry, Path};
use crate::base::{Sources, Span};
use crate::ir::google::{Reach, Right};
use crate::ir::{Policy, Program};

/// What stands where a list's value is filled in.
const FILLED_IN: &str = "${";

/// A policy's condition, on one line: as it is written, and with its values where a list fills them in.
///
/// # Errors
/// What is written, where values are filled into a part that no text shows.
pub fn condition(program: &Program, sources: &Sources, policy: &Policy) -> Result<String, String> {
    let written = one_line(sources, policy.written);
    if written.contains(FILLED_IN) { crate::predicate::text(program, &policy.filter).ok_or(written) } else { Ok(written) }
}

fn one_line(sources: &Sources, at: Span) -> String {
    sources.slice(at).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What one of the declarations that cause a line says: places are often of a name only, and of what a list writes they are the same in each row.
pub fn reason(program: &Program, sources: &Sources, entry: &Entry, at: Span) -> String {
    let written = one_line(sources, at);
    let known = match entry.path {
        Path::Export(index) => of_files(program, entry, at, &written, index),
        Path::Api(index) => of_api(program, at, &written, index),
        Path::Google => of_account(program, entry, at),
        Path::Warehouse | Path::DataSource(_) => of_warehouse(program, entry, at, &written),
    };
    known.or_else(|| granted(program, entry, at, &written)).unwrap_or_else(|| cut(written))
}

/// No more than a line holds.
fn cut(text: String) -> String {
    const MOST: usize = 160;
    if text.chars().count() > MOST { text.chars().take(MOST - 1).chain(['…']).collect() } else { text }
}

/// The name as it is written, which may stand for several; of what a list writes, the name it comes to.
fn named<'t>(program: &'t Program, entry: &Entry, written: &'t str) -> &'t str {
    if written.contains(FILLED_IN) { program.table(entry.table).map_or(written, |t| t.name.as_str()) } else { written }
}

fn of_files(program: &Program, entry: &Entry, at: Span, written: &str, index: u32) -> Option<String> {
    let export = program.exports.get(index as usize)?;
    if let Some(bucket) = program.buckets.get(export.bucket as usize).filter(|b| b.at == at) {
        return Some(format!("a reader of bucket `{}`", bucket.name));
    }
    let exported = export.tables.iter().any(|t| t.at == at && t.table == entry.table);
    exported.then(|| format!("`{}` in export `{}`", named(program, entry, written), export.name))
}

fn of_api(program: &Program, at: Span, written: &str, index: u32) -> Option<String> {
    let api = program.apis.get(index as usize)?;
    if api.anonymous.as_ref().is_some_and(|(_, opened)| *opened == at) {
        return Some(format!("API `{}` is anonymous", api.name));
    }
    let exposed = api.exposed.iter().find(|e| e.at == at)?;
    let name = if written.contains(FILLED_IN) { program.table(exposed.table).map_or(written, |t| t.name.as_str()) } else { written };
    Some(format!("`{name}` in API `{}`", api.name))
}

/// What Tableau's connection reads for a data source, and who runs exports for them.
fn of_warehouse(program: &Program, entry: &Entry, at: Span, written: &str) -> Option<String> {
    let shown = program.shown.iter().find(|s| s.view == entry.table && s.at == at);
    if let Some(shown) = shown {
        return Some(format!("data source `{}`", shown.name));
    }
    let lists = |e: &&crate::ir::Export| e.tables.iter().any(|t| t.at == at && t.table == entry.table);
    let export = program.exports.iter().find(lists)?;
    Some(format!("`{}` in export `{}`", named(program, entry, written), export.name))
}

fn of_account(program: &Program, entry: &Entry, at: Span) -> Option<String> {
    let account = program.platform.accounts.iter().find(|a| a.name == entry.role)?;
    let right = account.rights.iter().find(|r| r.at == at)?;
    Some(format!("`{}` on {}", right.role.name, on(program, right)))
}

fn on(program: &Program, right: &Right) -> String {
    match &right.on {
        Reach::Project => "all of the project".to_owned(),
        Reach::Bucket(index) => format!("bucket `{}`", program.buckets.get(*index as usize).map_or("", |b| b.name.as_str())),
        Reach::Dataset(name) => format!("dataset `{name}`"),
        Reach::Account(name) => format!("service account `{name}`"),
    }
}

/// A grant that a list writes, as far as it is about this line.
fn granted(program: &Program, entry: &Entry, at: Span, written: &str) -> Option<String> {
    if !written.contains(FILLED_IN) {
        return None;
    }
    let grant = program.grants.iter().find(|g| g.at == at && g.verb == entry.verb && g.role == entry.role)?;
    let base = entry.masked.as_ref().map_or(entry.table, |(base, _)| *base);
    let masked = grant.masking.as_ref().map_or(String::new(), |m| format!(" masked by {m}"));
    Some(format!("grant {} on {} to {}{masked}", entry.verb.name(), program.table(base)?.name, grant.role))
}
