//! What Tableau shows, and to whom: derived from grants to `view` and `extract` of roles with a group there.

use super::carry::Carry;
use super::matrix::rows;
use super::view::{self, Seen};
use crate::base::{Ident, Span};
use crate::ir::{Dialect, Layer, Materialization, Program, Shown, Table, TableId, TableKind, Twin, Verb, Viewer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adds to a program what Tableau shows, with the views its connection reads: the last tables of all, which nothing else reads.
pub fn show_in_tableau(program: &mut Program) {
    let emitted = program.project.emit.iter().any(|e| &**e == "tableau");
    if !emitted || program.project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::Postgres) {
        return;
    }
    let viewers = viewers(program);
    if viewers.is_empty() {
        return;
    }
    let carry = Carry::new(program);
    let layer = u32::try_from(program.layers.len()).unwrap_or(u32::MAX);
    program.layers.push(Layer {
        name: Ident::exact("tableau"),
        schema: connection_role(program),
        materialization: Materialization::View,
        doc: Arc::from("What Tableau reads: one view per data source."),
        at: program.project.at,
    });
    let mut names = Names::new(program);
    for (table, viewers) in viewers {
        let (name, declared) = names.source(program, table);
        let seen = viewers.iter().map(|v| Seen { role: v.role.clone(), rules: rows(&carry, &v.role, table) }).collect();
        let Some(view) = view::build(program, &carry, table, seen, (names.view(program, &name), layer)) else { continue };
        let settings = declared.and_then(|d| program.data_sources.get(d as usize));
        let takes = viewers.iter().any(|v| v.verbs.contains(&Verb::Extract));
        let at = settings.map_or_else(|| viewers.first().map_or(Span::default(), |v| v.at), |s| s.at);
        let readers = viewers.into_iter().zip(view.sees).map(|(viewer, sees)| Viewer { sees, ..viewer }).collect();
        let shown = Shown {
            name,
            declared,
            table,
            view: TableId(u32::try_from(program.tables.len()).unwrap_or(u32::MAX)),
            readers,
            extract: settings.and_then(|s| s.extract).map_or(takes, |(extract, _)| extract),
            login: view.login,
            at,
        };
        add(program, Table { at, ..view.table }, shown);
    }
    program.shown.sort_by(|a, b| a.name.cmp(&b.name));
}

/// The name in Postgres of the role that Tableau logs in as, and of the schema it reads.
pub fn connection_role(program: &Program) -> Ident {
    Ident::exact(&format!("{}_tableau", program.project.name))
}

fn add(program: &mut Program, table: Table, shown: Shown) {
    program.table_names.insert(table.name.clone(), shown.view);
    program.order.push(shown.view);
    program.tables.push(table);
    program.shown.push(shown);
}

/// Who sees or takes each table in Tableau. What lies in a source belongs to whoever loads it, and is shown through a model.
fn viewers(program: &Program) -> BTreeMap<TableId, Vec<Viewer>> {
    let groups: BTreeMap<&Ident, &Arc<str>> = program.roles.iter().filter_map(|r| Some((&r.name, r.tableau_group.as_ref()?))).collect();
    let mut found: BTreeMap<TableId, BTreeMap<&Ident, Viewer>> = BTreeMap::new();
    for grant in program.grants.iter().filter(|g| matches!(g.verb, Verb::View | Verb::Extract)) {
        let Some(group) = groups.get(&grant.role) else { continue };
        for table in &grant.tables {
            if program.table(*table).is_none_or(|t| matches!(t.kind, TableKind::Source(_))) {
                continue;
            }
            let viewer = found.entry(*table).or_default().entry(&grant.role).or_insert_with(|| Viewer {
                role: grant.role.clone(),
                group: Arc::clone(group),
                verbs: Vec::new(),
                sees: crate::ir::Sees::All,
                at: grant.at,
            });
            if !viewer.verbs.contains(&grant.verb) {
                viewer.verbs.push(grant.verb);
                viewer.verbs.sort_unstable();
            }
        }
    }
    found.into_iter().map(|(table, viewers)| (table, viewers.into_values().collect())).collect()
}

/// Names of data sources and of their views, each given once.
struct Names {
    declared: BTreeMap<TableId, u32>,
    twins: BTreeMap<TableId, Twin>,
    taken: BTreeMap<Ident, u32>,
}

impl Names {
    fn new(program: &Program) -> Names {
        let mut declared = BTreeMap::new();
        for (index, source) in (0u32..).zip(&program.data_sources) {
            declared.entry(source.table).or_insert(index);
        }
        Names { declared, twins: program.twins.iter().map(|t| (t.table, t.clone())).collect(), taken: BTreeMap::new() }
    }

    /// The declared name, with the masking behind it for a twin; else the table's own.
    fn source(&mut self, program: &Program, table: TableId) -> (Ident, Option<u32>) {
        let twin = self.twins.get(&table);
        let declared = self.declared.get(&table).or_else(|| self.declared.get(&twin?.base)).copied();
        let settings = declared.and_then(|d| program.data_sources.get(d as usize));
        let name = match (settings, twin) {
            (Some(s), Some(twin)) if s.table != table => format!("{}_masked_by_{}", s.name, twin.masking),
            (Some(s), _) => s.name.to_string(),
            (None, _) => program.table(table).map_or_else(String::new, |t| t.name.to_string()),
        };
        (self.once(&name), declared)
    }

    fn once(&mut self, name: &str) -> Ident {
        let mut name = Ident::exact(name);
        loop {
            let times = self.taken.entry(name.clone()).or_insert(0);
            *times += 1;
            if *times == 1 {
                return name;
            }
            name = Ident::exact(&format!("{name}_{times}"));
        }
    }

    /// `tableau_<name>`, in at most the 63 bytes that Postgres keeps.
    fn view(&self, program: &Program, name: &Ident) -> Ident {
        let mut short = String::from("tableau_");
        for c in name.as_str().chars().take_while({
            let mut bytes = short.len();
            move |c| {
                bytes += c.len_utf8();
                bytes <= 56
            }
        }) {
            short.push(c);
        }
        let tries = std::iter::once(short.clone()).chain((2..).map(|n| format!("{short}_{n}")));
        let whole = short.len() == name.as_str().len() + "tableau_".len();
        let mut tries = tries.skip(usize::from(!whole)).map(|n| Ident::exact(&n));
        tries.find(|n| !program.table_names.contains_key(n)).unwrap_or_default()
    }
}
