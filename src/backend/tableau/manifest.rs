//! Who may do what with each data source, as data and as text.

use super::super::text;
use super::filter::formula;
use super::tds::Fields;
use crate::access::connection_role;
use crate::ir::{Program, Shown, Verb};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The format of `manifest.json`; a field is never taken away or given another meaning without another number.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Manifest {
    format: &'static str,
    version: u32,
    /// The project in pipec; what is published carries its mark.
    project: String,
    /// `${NAME}` in a connection stands for a variable of the environment.
    connection: BTreeMap<&'static str, String>,
    user: String,
    /// Groups by project: they see that it is there.
    projects: BTreeMap<String, BTreeSet<String>>,
    data_sources: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    name: String,
    file: String,
    project: String,
    description: String,
    extract: bool,
    /// What each group may do; nobody else may do anything.
    groups: BTreeMap<String, Vec<&'static str>>,
}

/// `view` is to see and to build on; `extract` is to see and to take the file.
fn capabilities(verbs: &[Verb]) -> Vec<&'static str> {
    let mut all = vec!["Read"];
    if verbs.contains(&Verb::View) {
        all.push("Connect");
    }
    if verbs.contains(&Verb::Extract) {
        all.push("ExportXml");
    }
    all
}

/// `manifest.json`
pub(super) fn json(program: &Program, files: &[(String, &Shown)]) -> String {
    let mut projects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut sources = Vec::new();
    for (file, shown) in files {
        let groups: BTreeMap<_, _> = shown.readers.iter().map(|v| (v.group.to_string(), capabilities(&v.verbs))).collect();
        projects.entry(shown.project(program)).or_default().extend(groups.keys().cloned());
        sources.push(Source {
            name: shown.caption(program),
            file: file.clone(),
            project: shown.project(program),
            description: described(program, shown),
            extract: shown.extract,
            groups,
        });
    }
    let manifest = Manifest {
        format: "pipec-tableau",
        version: VERSION,
        project: program.project.name.to_string(),
        connection: super::connection(program),
        user: connection_role(program).to_string(),
        projects,
        data_sources: sources,
    };
    // Writing texts and numbers into a string cannot fail.
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}

fn described(program: &Program, shown: &Shown) -> String {
    let own = shown.settings(program).map(|s| &s.doc).filter(|d| !d.trim().is_empty());
    let doc = own.or_else(|| program.table(shown.table).map(|t| &t.doc));
    doc.map_or("", |d| d.trim()).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `virtual_connections.md`: what Tableau's REST API cannot be told.
pub(super) fn virtual_connections(program: &Program) -> String {
    let header = text::header("", &text::whole_project(program)).concat();
    let mut out = format!("# Policies for virtual connections\n\n{header}\n\n");
    out.push_str(
        "A virtual connection can serve the same views under a data policy. Its policies can be written by hand only. For each view below: add the
table to the connection, map every column that the condition names to a policy column of the same name, and paste the condition. Then try it with
`Preview as user`, as somebody of each group and as somebody of none, who has to see no row.\n",
    );
    for shown in &program.shown {
        let Some(view) = program.table(shown.view) else { continue };
        let fields = Fields::of(view);
        let name = format!("{}.{}", text::schema_of(program, view), view.name);
        out.push_str(&format!("\n## {}\n\ntable: `{}`\n\n", plain(&shown.caption(program)), plain(&name)));
        out.push_str(&format!("    {}\n", plain(&formula(shown, &fields))));
    }
    out
}

/// Text inside a line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect()
}

/// `README.md`
pub(super) fn readme(program: &Program, files: &[(String, &Shown)]) -> String {
    let header = text::header("", &text::whole_project(program)).concat();
    let (name, user) = (plain(program.project.name.as_str()), plain(connection_role(program).as_str()));
    let mut out = format!("# Tableau for {name}\n\n{header}\n\n");
    out.push_str(&format!(
        "1. Build the warehouse: the views in schema `{user}` come with it. Tableau logs in as the role `{user}`, which reads them and nothing
   else; it is made without a login: `alter role \"{user}\" login password '…'`.
2. `pip install -r requirements.txt`, then look: `python publish.py --dry-run`. It needs `TABLEAU_SERVER`, `TABLEAU_TOKEN_NAME`,
   `TABLEAU_TOKEN_VALUE` and, on a server with several sites, `TABLEAU_SITE`.
3. `python publish.py` also needs `TABLEAU_WAREHOUSE_PASSWORD`. A second run changes nothing.

"
    ));
    out.push_str("| file | data source | project | kept as | groups |\n|---|---|---|---|---|\n");
    for (file, shown) in files {
        let groups = shown.readers.iter().map(|v| cell(&v.group)).collect::<Vec<_>>().join(", ");
        let kept = if shown.extract { "extract" } else { "live" };
        out.push_str(&format!("| {file} | {} | {} | {kept} | {groups} |\n", cell(&shown.caption(program)), cell(&shown.project(program))));
    }
    out
}

fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|").replace('<', "&lt;")
}
