use crate::access::{Carry, connection_role, exported, exporter_role, service_role};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Materialization, Model, ModelRole, Program, TableId, TableKind, Verb, every_expr, needs_builder};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses access that Postgres would not enforce as declared.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    if program.project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::Postgres) {
        return;
    }
    names(program, diagnostics);
    looked_up(program, diagnostics);
    let exporter = exporter_role(program);
    let granted = granted(program, carry, &exporter);
    if granted.is_empty() {
        return;
    }
    let views = Views::new(program);
    for (table, Granted { role, at, narrowed }) in granted {
        let Some(found) = program.table(table) else { continue };
        let TableKind::Model(model) = &found.kind else { continue };
        if let Some((what, help)) = fault(&views, table, model, narrowed) {
            let message = format!("role `{role}` cannot be given `{}`: {what}", found.name);
            diagnostics.push(Diagnostic::error(Code::Unenforceable, at, message).mark(found.at, "kept as it says here").help(help));
        }
    }
}

/// An entitlement is looked up when somebody asks: there has to be something to look into.
fn looked_up(program: &Program, diagnostics: &mut Diagnostics) {
    for entitlement in &program.entitlements {
        let Some(table) = program.table(entitlement.table) else { continue };
        let inlined = |m: &Model| m.role == ModelRole::Query || matches!(m.materialization, Materialization::Ephemeral);
        if matches!(&table.kind, TableKind::Model(model) if inlined(model)) {
            let message =
                format!("nobody can look up entitlement `{}`: `{}` is never kept as a table or view", entitlement.name, table.name);
            let problem = Diagnostic::error(Code::Unenforceable, entitlement.at, message).mark(table.at, "kept as it says here");
            diagnostics.push(problem.help("keep it `as table`"));
        }
    }
}

/// A table that roles with a name in Postgres read there.
struct Granted<'p> {
    /// The first of them, and its grant.
    role: &'p Ident,
    at: Span,
    /// Whether a policy narrows any of them.
    narrowed: bool,
}

fn granted<'p>(program: &'p Program, carry: &Carry, exporter: &'p Ident) -> BTreeMap<TableId, Granted<'p>> {
    let named: BTreeSet<&Ident> = program.roles.iter().filter(|r| r.postgres.is_some()).map(|r| &r.name).collect();
    let mut granted: BTreeMap<TableId, Granted<'p>> = BTreeMap::new();
    for grant in program.grants.iter().filter(|g| g.verb == Verb::Read && named.contains(&g.role)) {
        for table in &grant.tables {
            let entry = granted.entry(*table).or_insert(Granted { role: &grant.role, at: grant.at, narrowed: false });
            entry.narrowed |= carry.of(*table).iter().any(|c| c.roles.contains(&grant.role));
        }
    }
    // Tableau's connection reads a view over it.
    for shown in &program.shown {
        if let Some(viewer) = shown.readers.first() {
            granted.entry(shown.table).or_insert(Granted { role: &viewer.role, at: viewer.at, narrowed: false });
        }
    }
    // So does who runs the exports.
    for (table, (_, because)) in exported(program) {
        let at = because.first().copied().unwrap_or_default();
        granted.entry(table).or_insert(Granted { role: exporter, at, narrowed: false });
    }
    granted
}

/// Two roles under one name would have each other's rights; some names are no roles, or roles of pipec's own.
fn names(program: &Program, diagnostics: &mut Diagnostics) {
    let owner = format!("{}_owner", program.project.name);
    let (connection, exporter) = (connection_role(program), exporter_role(program));
    let services: BTreeSet<Ident> = program.apis.iter().map(|a| service_role(program, a)).collect();
    let exports = !exported(program).is_empty();
    let made = [Some(owner.as_str()), exports.then_some(exporter.as_str()), (!program.shown.is_empty()).then_some(connection.as_str())];
    for name in made.into_iter().flatten() {
        if name.len() > 63 {
            let what = format!("Postgres would cut the name `{name}` of a role of the project's own after 63 bytes");
            let problem = Diagnostic::error(Code::Unenforceable, program.project.at, what);
            diagnostics.push(problem.help("give the project a shorter name: what is cut may be another role"));
        }
    }
    let mut taken: BTreeMap<&str, Span> = BTreeMap::new();
    for role in &program.roles {
        // Where tables are shown in Tableau, that check says so of the connection.
        if role.name == exporter || role.name == connection && program.shown.is_empty() {
            let what = format!("no role can be called `{}`, which is one of the project's own", role.name);
            diagnostics.push(Diagnostic::error(Code::Unenforceable, role.at, what).help("choose another name"));
        }
        let Some(name) = role.postgres.as_deref() else { continue };
        let problem = |what: String| Diagnostic::error(Code::Unenforceable, role.at, what);
        if let Some(first) = taken.insert(name, role.at) {
            let what = format!("two roles are called `{name}` in Postgres, where each would read what the other may");
            diagnostics.push(problem(what).mark(first, "the first").help("give each a name of its own; a login can be a member of both"));
        } else if name == owner
            || name == connection.as_str()
            || name == exporter.as_str()
            || services.iter().any(|s| s.as_str() == name)
            || matches!(name, "public" | "none" | "")
            || name.starts_with("pg_")
        {
            let what = format!("no reader can be called `{name}` in Postgres");
            diagnostics.push(problem(what).help("that name is taken for something else: choose another"));
        } else if name.len() > 63 {
            diagnostics.push(problem(format!("Postgres would cut the name `{name}` after 63 bytes")).help("choose a shorter one"));
        }
    }
}

/// What views rest on.
struct Views {
    /// Views and inlined models that use a key.
    keyed: BTreeSet<TableId>,
    /// Tables that views read.
    below: BTreeSet<TableId>,
}

impl Views {
    fn new(program: &Program) -> Views {
        let mut views = Views { keyed: BTreeSet::new(), below: BTreeSet::new() };
        // What an API shows of a view, it asks as a role that reads the view: what is hidden from it there is hidden from it here.
        let of_apis: BTreeSet<TableId> = program.apis.iter().flat_map(|a| &a.exposed).filter_map(|e| e.view).collect();
        for (id, table, model) in program.models().filter(|(_, _, m)| runs_late(m)) {
            if !of_apis.contains(&id) {
                views.below.extend(&table.reads);
            }
            let mut keyed = table.reads.iter().any(|r| views.keyed.contains(r));
            every_expr(&model.query, &mut |e| keyed |= needs_builder(program, e));
            if keyed {
                views.keyed.insert(id);
            }
        }
        views
    }
}

/// Whether its query runs when it is read.
fn runs_late(model: &Model) -> bool {
    matches!(model.materialization, Materialization::View | Materialization::Ephemeral)
}

fn fault(views: &Views, id: TableId, model: &Model, narrowed: bool) -> Option<(&'static str, &'static str)> {
    if matches!(model.materialization, Materialization::MaterializedView) && narrowed {
        return Some(("a materialized view cannot hide rows", "keep it `as table`"));
    }
    if !runs_late(model) {
        return None;
    }
    if views.keyed.contains(&id) {
        return Some(("a view runs under its reader's name, who may not use the key of its masks", "keep it `as table`"));
    }
    if narrowed && views.below.contains(&id) {
        return Some(("a view that hides rows would hide them from the readers of the views above it, too", "keep it `as table`"));
    }
    None
}
