use super::exporter::exporter_role;
use super::matrix::{Entry, Matrix, Path};
use super::reasons::{condition, reason};
use super::shown::connection_role;
use crate::base::{Ident, Sources, Span};
use crate::ir::{Program, Table, TableId, TableKind};
use std::fmt::Write as _;

/// What of the matrix is shown, and what it is shown with.
#[derive(Clone, Copy)]
pub struct Show<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its texts.
    pub sources: &'a Sources,
    /// One role only.
    pub role: Option<&'a Ident>,
    /// One table only, with its masked twins.
    pub table: Option<TableId>,
}

impl Show<'_> {
    /// Whether a role is among those shown.
    pub fn shows_role(&self, role: &Ident) -> bool {
        self.role.is_none_or(|r| r == role)
    }

    /// Whether a line is: one for everybody (`*`) goes for each role.
    pub fn shows(&self, entry: &Entry) -> bool {
        let of = |id: TableId| entry.table == id || entry.masked.as_ref().is_some_and(|(base, _)| *base == id);
        (self.shows_role(&entry.role) || entry.role.as_str() == "*") && self.table.is_none_or(of)
    }
}

/// Where something is written: `governance.pipe:38`.
pub fn place(sources: &Sources, at: Span) -> String {
    match sources.get(at.file) {
        Some(file) => format!("{}:{}", file.path.as_str(), file.line_col(at.start).line + 1),
        None => String::new(),
    }
}

fn path(program: &Program, path: Path) -> String {
    match path {
        Path::Warehouse => "warehouse".to_owned(),
        Path::Google => "Google Cloud".to_owned(),
        Path::DataSource(index) => format!("data source {}", program.shown.get(index as usize).map_or("", |s| s.name.as_str())),
        Path::Api(index) => {
            let api = program.apis.get(index as usize);
            let open = api.is_some_and(|a| a.anonymous.is_some());
            format!("api {}{}", api.map_or("", |a| a.name.as_str()), if open { ", open to everybody" } else { "" })
        }
        Path::Export(index) => {
            let export = program.exports.get(index as usize);
            let bucket = export.and_then(|e| program.buckets.get(e.bucket as usize));
            format!("bucket {}, export {}", bucket.map_or("", |b| b.name.as_str()), export.map_or("", |e| e.name.as_str()))
        }
    }
}

/// A table as it is written in the project: a source's with its source.
fn written(table: &Table) -> String {
    match &table.kind {
        TableKind::Source(source) if !table.name.as_str().contains('.') => format!("{}.{}", source.source, table.name),
        _ => table.name.to_string(),
    }
}

/// The conditions on rows, each as it is written (or filled in by a list), with the names its columns have here where they differ, and the policy that says so.
pub fn conditions(program: &Program, sources: &Sources, entry: &Entry) -> Vec<(String, String)> {
    let name = |id: TableId, column: u32| program.table(id).and_then(|t| t.columns.get(column as usize)).map_or("", |c| c.name.as_str());
    let mut out = Vec::new();
    for rule in &entry.rows {
        let Some(policy) = program.policies.get(rule.policy as usize) else { continue };
        let mut text = condition(program, sources, policy).unwrap_or_else(|written| written);
        let renamed = policy.columns.iter().zip(&rule.columns).map(|(from, to)| (name(policy.table, *from), name(entry.table, *to)));
        let renamed: Vec<String> = renamed.filter(|(from, to)| from != to).map(|(from, to)| format!("{from} is {to}")).collect();
        if !renamed.is_empty() {
            let _ = write!(text, " ({})", renamed.join(", "));
        }
        let mut why = format!("policy {}, {}", policy.name, place(sources, policy.at));
        let asks = policy.asks.as_ref().map(|a| a.entitlement);
        if let Some(release) = program.entitlement_releases.iter().find(|r| r.role == entry.role && Some(r.entitlement) == asks) {
            let _ = write!(why, "; it may give itself rows, {}", place(sources, release.at));
        }
        out.push((text, why));
    }
    out
}

/// The matrix for people: per role what it may do, with which rows and masks, and why.
pub fn text(matrix: &Matrix, show: &Show<'_>) -> String {
    let mut out = String::new();
    for role in show.program.roles.iter().filter(|r| show.shows_role(&r.name)) {
        let clearance = role.clearance.as_ref().map_or("no clearance", Ident::as_str);
        let _ = writeln!(out, "{} ({clearance})", role.name);
        let mut any = false;
        for entry in matrix.of(&role.name).filter(|e| show.shows(e)) {
            any = true;
            line(&mut out, entry, show);
        }
        if !any {
            out.push_str("  nothing\n");
        }
        out.push('\n');
    }
    for (machine, does) in [(connection_role(show.program), "Tableau's connection"), (exporter_role(show.program), "runs the exports")] {
        let mut reads = matrix.of(&machine).filter(|e| show.shows_role(&machine) && show.shows(e)).peekable();
        if reads.peek().is_some() {
            let _ = writeln!(out, "{machine} ({does})");
            reads.for_each(|entry| line(&mut out, entry, show));
            out.push('\n');
        }
    }
    for account in show.program.platform.accounts.iter().filter(|a| show.shows_role(&a.name)) {
        let clearance = account.clearance.as_ref().map_or("no clearance", Ident::as_str);
        let _ = writeln!(out, "service account {} ({clearance})", account.name);
        let mut reads = matrix.accounts.iter().filter(|e| e.role == account.name && show.shows(e)).peekable();
        if reads.peek().is_none() {
            out.push_str("  nothing\n");
        }
        reads.for_each(|entry| line(&mut out, entry, show));
        out.push('\n');
    }
    let mut open = matrix.open.iter().filter(|e| show.shows(e)).peekable();
    if open.peek().is_some() {
        out.push_str("* (everybody, through APIs that ask for no token)\n");
        open.for_each(|entry| line(&mut out, entry, show));
        out.push('\n');
    }
    out
}

fn line(out: &mut String, entry: &Entry, show: &Show<'_>) {
    let Some(table) = show.program.table(entry.table) else { return };
    let column = |c: &super::Cell| {
        let name = table.columns.get(c.column as usize).map_or("", |c| c.name.as_str());
        c.mask.as_ref().map_or_else(|| name.to_owned(), |mask| format!("{name} [{mask}]"))
    };
    let columns: Vec<String> = entry.columns.iter().map(column).collect();
    let _ = writeln!(out, "  {} {} in {}", entry.verb.name(), written(table), path(show.program, entry.path));
    let _ = writeln!(out, "    columns  {}", columns.join(", "));
    for (condition, why) in conditions(show.program, show.sources, entry) {
        let _ = writeln!(out, "    rows     where {condition} ({why})");
    }
    if let Some((base, masking)) = &entry.masked {
        let _ = writeln!(out, "    masked   {} by {masking}", show.program.table(*base).map_or("", |t| t.name.as_str()));
    }
    for because in &entry.because {
        let _ = writeln!(out, "    because  {} ({})", reason(show.program, show.sources, entry, *because), place(show.sources, *because));
    }
}

/// The matrix cell by cell, for spreadsheets (RFC 4180): who, how, what, which rows, and the declarations that say so, with their places.
pub fn csv(matrix: &Matrix, show: &Show<'_>) -> String {
    let mut out = String::from("role,verb,path,table,column,mask,rows,because,at\r\n");
    for entry in matrix.entries.iter().chain(&matrix.accounts).chain(&matrix.open).filter(|e| show.shows(e)) {
        let Some(table) = show.program.table(entry.table) else { continue };
        let (conditions, policies): (Vec<String>, Vec<String>) = conditions(show.program, show.sources, entry).into_iter().unzip();
        let rows = match conditions.as_slice() {
            [one] => one.clone(),
            several => several.iter().map(|c| format!("({c})")).collect::<Vec<_>>().join(" and "),
        };
        let says = entry.because.iter().map(|b| reason(show.program, show.sources, entry, *b));
        let because = says.chain(policies).collect::<Vec<_>>().join("; ");
        let at = entry.because.iter().map(|b| place(show.sources, *b)).collect::<Vec<_>>().join(" ");
        let table_name = written(table);
        let who = if entry.path == Path::Google { format!("service account {}", entry.role) } else { entry.role.to_string() };
        for cell in &entry.columns {
            let name = table.columns.get(cell.column as usize).map_or("", |c| c.name.as_str());
            let path = path(show.program, entry.path);
            let mask = cell.mask.as_deref().unwrap_or("");
            let fields = [&*who, entry.verb.name(), &path, &table_name, name, mask, &rows, &because, &at];
            out.push_str(&fields.map(field).join(","));
            out.push_str("\r\n");
        }
    }
    out
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
