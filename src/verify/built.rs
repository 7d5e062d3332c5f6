//! What no model here reads, held against what the project builds now: a file that is there or not there, or says something else, is a
//! difference. Where a model reads a file, its bytes may be others.

use super::Artifacts;
use super::report::{Difference, Report, Side};
use super::terraform;
use crate::base::{FileId, Span, VPath};
use crate::ir::{Dialect, Program};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Files by path.
pub(super) type Files = BTreeMap<VPath, Vec<u8>>;

/// How a file may differ from the one that is built.
enum Freedom {
    /// A model reads it: in whatever it does not report.
    Modelled,
    /// A model reads it; dbt runs what stands between its braces before anything else, wherever that stands.
    Templated,
    /// In the order of lists, and in how a list of one is written.
    Document,
    /// In comments, blanks and order.
    Hcl,
    /// Not at all.
    None,
}

/// What is said of a file that no build makes: a build leaves it alone.
pub(super) const FOREIGN: &str = "is not among what the project builds";

/// Compares a folder with what the project builds.
pub(super) fn compare(program: &Program, artifacts: &Artifacts<'_>, (files, built): (&Files, &Files), report: &mut Report) {
    for (path, bytes) in files {
        let Some(wanted) = built.get(path) else {
            tell(report, artifacts, path, Side::NotUnderstood, format!("`{path}` {FOREIGN}"));
            continue;
        };
        if bytes == wanted {
            continue;
        }
        if same(&freedom(program, path.as_str()), bytes, wanted) {
            report.edited.push(path.to_string());
        } else {
            tell(
                report,
                artifacts,
                path,
                Side::NotUnderstood,
                format!("`{path}` is not as the project builds it, in what is not read here"),
            );
        }
    }
    for path in built.keys().filter(|p| !files.contains_key(*p)) {
        tell(report, artifacts, path, Side::ProgramHasMore, format!("`{path}` is missing"));
    }
    resources(artifacts, (files, built), report);
    report.sort();
}

fn tell(report: &mut Report, artifacts: &Artifacts<'_>, path: &VPath, side: Side, says: String) {
    let file = artifacts.file(path.as_str());
    report.push(difference(file, side, path.as_str(), says));
}

fn difference(file: Option<FileId>, side: Side, object: &str, says: String) -> Difference {
    Difference {
        at: file.map_or_else(Span::default, |f| Span::new(f, 0, 0)),
        side,
        target: "",
        principal: String::new(),
        verb: String::new(),
        object: object.to_owned(),
        columns: Vec::new(),
        rows: None,
        says,
        because: None,
    }
}

/// Which files a model reads.
fn freedom(program: &Program, path: &str) -> Freedom {
    let emits = |target: &str| program.project.emit.iter().any(|e| **e == *target);
    let kept_in = |dialect: Dialect| program.project.warehouse.as_ref().is_some_and(|w| w.dialect == dialect);
    let (postgres, bigquery) = (kept_in(Dialect::Postgres), kept_in(Dialect::BigQuery));
    let (folder, rest) = path.split_once('/').unwrap_or(("", path));
    match (folder, rest.rsplit('.').next().unwrap_or("")) {
        ("sql", "sql" | "txt") if postgres && emits("sql") && rest.starts_with("postgres/") => Freedom::Modelled,
        ("sql", "sql" | "txt") if bigquery && emits("sql") && rest.starts_with("bigquery/") => Freedom::Modelled,
        ("dbt", "csv") if postgres && emits("dbt") && rest.starts_with("seeds/") => Freedom::Modelled,
        ("dbt", "sql") if postgres && emits("dbt") && (rest.starts_with("models/") || rest.starts_with("macros/")) => Freedom::Templated,
        ("tableau", "tds") if !program.shown.is_empty() && emits("tableau") => Freedom::Modelled,
        ("iam", "json") => Freedom::Document,
        ("terraform", "tf") => Freedom::Hcl,
        _ => Freedom::None,
    }
}

fn same(freedom: &Freedom, found: &[u8], wanted: &[u8]) -> bool {
    let (Ok(found), Ok(wanted)) = (std::str::from_utf8(found), std::str::from_utf8(wanted)) else { return false };
    match freedom {
        // Resources are compared over all files.
        Freedom::Modelled | Freedom::Hcl => true,
        Freedom::Templated => braces(found) == braces(wanted),
        Freedom::Document => document(found).is_some_and(|f| Some(f) == document(wanted)),
        Freedom::None => false,
    }
}

/// What stands in a template's braces, in order, blanks aside.
fn braces(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['{']) {
        rest = rest.get(start..).unwrap_or("");
        let close = match rest.get(1..2) {
            Some("{") => "}}",
            Some("%") => "%}",
            Some("#") => "#}",
            _ => {
                rest = rest.get(1..).unwrap_or("");
                continue;
            }
        };
        let end = rest.find(close).map_or(rest.len(), |at| at + 2);
        out.push(rest.get(..end).unwrap_or("").split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        rest = rest.get(end..).unwrap_or("");
    }
    out
}

/// A document without its order, with how many texts stand in it: a key that is there twice is read once.
fn document(text: &str) -> Option<(String, usize)> {
    let value: Json = serde_json::from_str(text).ok()?;
    let (mut texts, mut inside, mut escaped) = (0, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => {
                inside = !inside;
                texts += usize::from(inside);
            }
            _ => {}
        }
    }
    Some((plain(&value).to_string(), texts))
}

fn plain(value: &Json) -> Json {
    match value {
        Json::Array(all) => {
            let mut all: Vec<Json> = all.iter().map(plain).collect();
            all.sort_by_cached_key(ToString::to_string);
            if all.len() == 1 { all.swap_remove(0) } else { Json::Array(all) }
        }
        Json::Object(entries) => {
            let sorted: BTreeMap<&String, Json> = entries.iter().map(|(k, v)| (k, plain(v))).collect();
            Json::Object(sorted.into_iter().map(|(k, v)| (k.clone(), v)).collect())
        }
        other => other.clone(),
    }
}

/// Terraform's blocks, wherever they stand.
fn resources(artifacts: &Artifacts<'_>, (files, built): (&Files, &Files), report: &mut Report) {
    let of = |files: &Files| {
        let texts = files.iter().filter(|(p, _)| p.as_str().starts_with("terraform/") && p.extension() == "tf");
        let texts: Vec<&str> = texts.filter_map(|(_, b)| std::str::from_utf8(b).ok()).collect();
        terraform::blocks(texts.into_iter())
    };
    let first = || artifacts.under("terraform/").next().map(|(_, f)| f);
    let (Some(found), Some(wanted)) = (of(files), of(built)) else {
        report.push(difference(first(), Side::NotUnderstood, "terraform", "a file in `terraform` is no HCL".to_owned()));
        return;
    };
    let names = found.keys().chain(wanted.keys().filter(|name| !found.contains_key(*name)));
    for name in names.filter(|name| found.get(*name) != wanted.get(*name)) {
        let quoted = name.split('.').map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(" ");
        let place = artifacts.under("terraform/").find_map(|(_, file)| {
            let at = artifacts.sources.text(file).find(&quoted)?;
            Some(Span::new(file, at, at + quoted.len()))
        });
        let (side, what) = match (found.get(name), wanted.get(name)) {
            (_, None) => (Side::NotUnderstood, "is no block that the project builds"),
            (None, _) => (Side::ProgramHasMore, "is missing"),
            _ => (Side::NotUnderstood, "is not as the project builds it"),
        };
        let told = difference(first(), side, name, format!("`{name}` {what}"));
        report.push(Difference { target: "terraform", at: place.unwrap_or(told.at), ..told });
    }
}
