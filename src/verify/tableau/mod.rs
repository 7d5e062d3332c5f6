//! Reads data sources back as Tableau would: which columns there are, whom the filter lets see which rows, and what each group may do.

mod formula;
#[cfg(test)]
mod tests;
mod xml;

use super::report::{Difference, Report, Rows, Side};
use super::{Artifacts, expected};
use crate::access::connection_role;
use crate::base::{FileId, Span};
use crate::ir::{Program, Sees, Shown, Table, Verb};
use formula::{Filter, Opens};
use std::collections::{BTreeMap, BTreeSet};
use xml::Node;

const TARGET: &str = "tableau";
/// What a data source is made of here; anything else might bring rows or columns of its own.
const PARTS: [&str; 7] = ["connection", "aliases", "column", "column-instance", "folders-common", "layout", "filter"];
/// What the connection says of its server.
const SERVER: [&str; 8] = ["authentication", "class", "dbname", "port", "server", "schema", "sslmode", "username"];

/// Compares the files of `tableau` with what the program shows.
pub(super) fn compare(program: &Program, artifacts: &Artifacts<'_>, report: &mut Report) {
    report.targets.push(TARGET);
    let mut found: BTreeMap<(String, String), Document> = BTreeMap::new();
    for (path, file) in artifacts.under("tableau/").filter(|(p, _)| p.ends_with(".tds")) {
        let whole = Span::new(file, 0, 0);
        let read = xml::read(artifacts.sources.text(file)).ok_or("the file is not understood".to_owned()).and_then(|n| document(&n, file));
        match read {
            Ok(read) => {
                if found.insert(read.table.clone(), read).is_some() {
                    push(report, (whole, None), Side::ArtifactHasMore, "", path, format!("two files show what `{path}` shows"));
                }
            }
            Err(why) => push(report, (whole, None), Side::NotUnderstood, "", path, why),
        }
    }
    let mut captions = BTreeMap::new();
    for shown in &program.shown {
        let Some(view) = program.table(shown.view) else { continue };
        let Some(read) = found.remove(&expected::name(program, view)) else {
            let says = format!("no file shows data source `{}`", shown.name);
            push(report, (Span::default(), Some(shown.at)), Side::ProgramHasMore, "", shown.name.as_str(), says);
            continue;
        };
        captions.insert(read.caption.clone(), shown);
        one(program, shown, view, &read, report);
    }
    for read in found.into_values() {
        let says = format!("`{}` is shown, and the program does not show it", read.caption);
        push(report, (read.at, None), Side::ArtifactHasMore, "", &read.caption, says);
    }
    manifest(program, artifacts, &captions, report);
}

fn push(report: &mut Report, (at, because): (Span, Option<Span>), side: Side, who: &str, object: &str, says: String) {
    let (principal, object) = (who.to_owned(), object.to_owned());
    let (verb, columns) = ("view".to_owned(), Vec::new());
    report.push(Difference { at, side, target: TARGET, principal, verb, object, columns, rows: None, says, because });
}

/// What a file says.
struct Document {
    at: Span,
    caption: String,
    /// Schema and name of what the connection reads.
    table: (String, String),
    user: String,
    /// Field to column.
    fields: BTreeMap<String, String>,
    filter: Filter,
}

fn document(root: &Node, file: FileId) -> Result<Document, String> {
    if root.name != "datasource" {
        return Err(format!("`{}` is no data source", root.name));
    }
    if let Some(other) = root.children.iter().find(|c| !PARTS.contains(&c.name.as_str())) {
        return Err(format!("a data source with `{}` is not understood", other.name));
    }
    let connection = only(root, "connection")?;
    let server = only(only(only(connection, "named-connections")?, "named-connection")?, "connection")?;
    if let Some((other, _)) = server.attributes.iter().find(|(name, _)| !SERVER.contains(&name.as_str())) {
        return Err(format!("a connection with `{other}` is not understood"));
    }
    if server.get("class") != "postgres" || connection.get("class") != "federated" || server.get("sslmode") != "require" {
        return Err("its connection is none to Postgres over TLS".to_owned());
    }
    let relation = only(connection, "relation")?;
    if relation.get("type") != "table" || !relation.children.is_empty() || !relation.text.trim().is_empty() {
        return Err("what it reads is no table".to_owned());
    }
    let table = pair(relation.get("table")).ok_or("what it reads has no name")?;
    let mut fields = BTreeMap::new();
    for map in &only(connection, "cols")?.children {
        let field = bracketed(map.get("key")).ok_or("a field has no name")?;
        let (_, column) = pair(map.get("value")).ok_or("a field has no column")?;
        fields.insert(field, column);
    }
    let filter = filter(root, &fields)?;
    let at = Span::new(file, 0, 0);
    Ok(Document { at, caption: root.get("caption").to_owned(), table, user: server.get("username").to_owned(), fields, filter })
}

/// The one child of a name.
fn only<'n>(node: &'n Node, name: &str) -> Result<&'n Node, String> {
    let mut all = node.children.iter().filter(|c| c.name == name);
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(format!("`{}` has not exactly one `{name}`", node.name)),
    }
}

/// The filter of the data source: the only calculated field, kept where it is true.
fn filter(root: &Node, fields: &BTreeMap<String, String>) -> Result<Filter, String> {
    let calculated: Vec<&Node> =
        root.children.iter().filter(|c| c.name == "column" && c.children.iter().any(|i| i.name == "calculation")).collect();
    let [field] = calculated.as_slice() else { return Err("it has not exactly one calculated field".to_owned()) };
    let plain = root.children.iter().filter(|c| c.name == "column").filter_map(|c| bracketed(c.get("name")));
    if let Some(other) = plain.filter(|n| !fields.contains_key(n)).find(|n| bracketed(field.get("name")).as_ref() != Some(n)) {
        return Err(format!("the field `{other}` has no column"));
    }
    let instance = only(root, "column-instance")?;
    let filter = only(root, "filter")?;
    let group = only(filter, "groupfilter")?;
    let asks = instance.get("column") == field.get("name")
        && instance.get("derivation") == "None"
        && filter.get("class") == "categorical"
        && filter.get("column") == instance.get("name")
        && group.get("function") == "member"
        && group.get("level") == instance.get("name")
        && group.get("member") == "true"
        && group.get("user:ui-enumeration") == "inclusive"
        && group.children.is_empty();
    if !asks {
        return Err("its filter does not keep the rows for which the calculated field is true".to_owned());
    }
    let calculation = only(field, "calculation")?;
    formula::read(calculation.get("formula")).ok_or("its formula is not understood".to_owned())
}

/// `[a]]b]`
fn bracketed(text: &str) -> Option<String> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let rest = inner.replace("]]", "");
    (!rest.contains(']')).then(|| inner.replace("]]", "]"))
}

/// `[a].[b]`
fn pair(text: &str) -> Option<(String, String)> {
    let mut cuts = text.match_indices("].[").filter_map(|(at, _)| Some((bracketed(text.get(..at + 1)?)?, bracketed(text.get(at + 2..)?)?)));
    let first = cuts.next()?;
    cuts.next().is_none().then_some(first)
}

/// Columns and rows of one data source.
fn one(program: &Program, shown: &Shown, view: &Table, read: &Document, report: &mut Report) {
    let at = (read.at, Some(shown.at));
    let name = shown.name.as_str();
    if read.user != connection_role(program).as_str() {
        push(report, at, Side::Differs, &read.user, name, format!("`{}` logs in as `{}`", read.caption, read.user));
    }
    let columns: BTreeSet<&str> = view.columns.iter().map(|c| c.name.as_str()).collect();
    let there: BTreeSet<&str> = read.fields.values().map(String::as_str).collect();
    report.cells += (columns.len() + 1) * shown.readers.len();
    for column in there.symmetric_difference(&columns) {
        let side = if there.contains(column) { Side::ArtifactHasMore } else { Side::ProgramHasMore };
        push(report, at, side, "", name, format!("`{name}` and its file differ in the column `{column}`"));
    }
    let column_of = |position: u32| view.columns.get(position as usize).map_or("", |c| c.name.as_str());
    let field = |column: &str| read.fields.iter().find(|(_, c)| *c == column).map(|(f, _)| f.clone());
    if let Some(login) = &read.filter.login
        && shown.login.and_then(|l| field(column_of(l))).as_ref() != Some(login)
    {
        push(report, at, Side::Differs, "", name, format!("`{login}` of `{name}` does not say whom a row is for"));
    }
    let mut said: BTreeMap<String, (Opens, &str)> = BTreeMap::new();
    for viewer in &shown.readers {
        let opens = match viewer.sees {
            Sees::All => Opens::All,
            Sees::Group(c) => Opens::Group(field(column_of(c)).unwrap_or_default()),
            Sees::Login(c) => Opens::Login(field(column_of(c)).unwrap_or_default()),
        };
        said.insert(viewer.group.to_string(), (opens, viewer.role.as_str()));
    }
    for (group, opens) in &read.filter.opens {
        match said.remove(group) {
            None => push(report, at, Side::ArtifactHasMore, group, name, format!("the group `{group}` sees rows of `{name}`")),
            Some((wanted, role)) if wanted != *opens => {
                let rows = Some(Rows { artifact: opens.to_string(), program: wanted.to_string() });
                let says = format!("`{role}` sees other rows of `{name}`");
                let side = if *opens == Opens::All { Side::ArtifactHasMore } else { Side::Differs };
                let (target, verb, columns) = (TARGET, "view".to_owned(), Vec::new());
                let (principal, object, because) = (role.to_owned(), name.to_owned(), at.1);
                report.push(Difference { at: at.0, side, target, principal, verb, object, columns, rows, says, because });
            }
            Some(_) => {}
        }
    }
    for (group, (_, role)) in said {
        push(report, at, Side::ProgramHasMore, role, name, format!("the group `{group}` sees no row of `{name}`"));
    }
}

/// What groups may do.
fn manifest(program: &Program, artifacts: &Artifacts<'_>, captions: &BTreeMap<String, &Shown>, report: &mut Report) {
    let path = "tableau/manifest.json";
    let Some(file) = artifacts.file(path) else {
        return push(report, (Span::default(), None), Side::ProgramHasMore, "", path, format!("`{path}` is missing"));
    };
    let at = Span::new(file, 0, 0);
    let read: Option<serde_json::Value> = serde_json::from_str(artifacts.sources.text(file)).ok();
    let Some(sources) = read.as_ref().and_then(|m| m.get("data_sources")?.as_array()) else {
        return push(report, (at, None), Side::NotUnderstood, "", path, format!("`{path}` is not understood"));
    };
    if read.as_ref().and_then(|m| m.get("user")?.as_str()) != Some(connection_role(program).as_str()) {
        push(report, (at, None), Side::Differs, "", path, format!("`{path}` names another role of the connection"));
    }
    let mut seen = BTreeSet::new();
    for source in sources {
        let text = |key: &str| source.get(key).and_then(|v| v.as_str()).unwrap_or("");
        let Some(shown) = captions.get(text("name")).filter(|_| seen.insert(text("name"))) else {
            push(
                report,
                (at, None),
                Side::ArtifactHasMore,
                "",
                text("name"),
                format!("`{}` is published, and no file shows it", text("name")),
            );
            continue;
        };
        if source.get("extract").and_then(serde_json::Value::as_bool) != Some(shown.extract) {
            push(report, (at, Some(shown.at)), Side::Differs, "", shown.name.as_str(), format!("`{}` is not kept as declared", shown.name));
        }
        rights(shown, source, at, report);
    }
    for (caption, shown) in captions.iter().filter(|(c, _)| !seen.contains(c.as_str())) {
        push(report, (at, Some(shown.at)), Side::ProgramHasMore, "", shown.name.as_str(), format!("`{caption}` is not published"));
    }
}

fn rights(shown: &Shown, source: &serde_json::Value, at: Span, report: &mut Report) {
    let mut said: BTreeSet<(String, &str)> = BTreeSet::new();
    for viewer in &shown.readers {
        said.insert((viewer.group.to_string(), "Read"));
        let more = viewer.verbs.iter().map(|v| if *v == Verb::Extract { "ExportXml" } else { "Connect" });
        said.extend(more.map(|c| (viewer.group.to_string(), c)));
    }
    let none = serde_json::Map::new();
    let groups = source.get("groups").and_then(|g| g.as_object()).unwrap_or(&none);
    let given = groups.iter().flat_map(|(g, c)| c.as_array().into_iter().flatten().map(move |c| (g.clone(), c.as_str().unwrap_or("?"))));
    let given: BTreeSet<(String, &str)> = given.collect();
    report.cells += said.len();
    for (group, capability) in given.symmetric_difference(&said) {
        let more = given.contains(&(group.clone(), capability));
        let side = if more { Side::ArtifactHasMore } else { Side::ProgramHasMore };
        let says = format!("the group `{group}` {} `{capability}` on `{}`", if more { "gets" } else { "does not get" }, shown.name);
        push(report, (at, Some(shown.at)), side, group, shown.name.as_str(), says);
    }
}
