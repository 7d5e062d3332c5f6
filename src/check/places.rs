//! No two declarations lie at one place of the warehouse. A build of one would take the place of the other, and what one of them says of its
//! columns would not hold for the other.

use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Materialization, ModelRole, Program, Setting, Table, TableKind};
use std::collections::BTreeMap;

/// The table that a build fills before it takes the place of the old one.
const WORKING: &str = "pipec_new";

/// P0219 for two tables with one schema and name, and for names and schemas that pipec needs for itself.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    let dialect = program.project.warehouse.as_ref().map_or(Dialect::Sqlite, |w| w.dialect);
    // DuckDB and SQLite find a table, and a column, whatever the case of its letters.
    let folds = program.project.warehouse.is_some() && matches!(dialect, Dialect::DuckDb | Dialect::Sqlite);
    let folded = |name: &str| if folds { name.to_lowercase() } else { name.to_owned() };
    let home = home(program);
    let mut there: BTreeMap<(String, String), Vec<&Table>> = BTreeMap::new();
    for (_, table) in program.tables().filter(|(_, t)| lies_there(t)) {
        let (schema, name) = place(program, table);
        if reserved(program, schema.as_str(), name, is_made(table)) {
            let says = format!("`{schema}.{name}` is a place that pipec needs for itself");
            diagnostics.push(Diagnostic::error(Code::OnePlace, table.at, says).help("rename it, or give it another schema"));
        } else if let Some(what) = catalog(program, dialect, schema.as_str(), name) {
            let says = format!("`{schema}.{name}` is {what}");
            let problem = Diagnostic::error(Code::OnePlace, table.at, says);
            diagnostics.push(problem.help(
                "declare the tables themselves, with what their columns tell; what must be asked of a catalog is asked beside the project",
            ));
        } else if let Some(problem) = shown(program, table, schema) {
            diagnostics.push(problem);
        }
        if let Some(problem) = folds.then(|| one_column(table, dialect)).flatten() {
            diagnostics.push(problem);
        }
        let (_, dataset) = apart(dialect, schema.as_str());
        let same = there.entry((folded(dataset), folded(name))).or_default();
        let Some(first) = same.iter().find(|other| may_be_one(dialect, home, place(program, other).0.as_str(), schema.as_str())) else {
            same.push(table);
            continue;
        };
        let says = format!("`{}` and `{}` are both `{schema}.{name}` in the warehouse", first.name, table.name);
        let help = match (is_made(first), is_made(table)) {
            (false, false) => "declare a stored table once, with all that is known of it",
            (true, true) => "rename one, or put it into a layer with another schema",
            _ => {
                "what pipec builds takes the place of what is there: put it into a layer with another schema; models read models by their names"
            }
        };
        diagnostics.push(Diagnostic::error(Code::OnePlace, table.at, says).mark(first.at, "the first").help(help));
    }
    for (table, partitions) in program.tables().filter_map(|(_, t)| Some((t, t.own()?.partitions.as_ref()?))) {
        let (schema, name) = place(program, table);
        for part in partitions.parts(name) {
            let Some(other) = there.get(&(folded(schema.as_str()), folded(part.name.as_str()))).and_then(|all| all.first()) else {
                continue;
            };
            let says = format!("a partition of `{}` and `{}` are both `{schema}.{}` in the warehouse", table.name, other.name, part.name);
            let problem = Diagnostic::error(Code::OnePlace, partitions.at, says).mark(other.at, "has the name of a partition");
            diagnostics.push(problem.help("rename one of the tables, or put one into a layer with another schema"));
        }
    }
}

/// BigQuery's project and dataset, of a schema that names both.
fn apart(dialect: Dialect, schema: &str) -> (Option<&str>, &str) {
    match schema.rsplit_once('.') {
        Some((project, dataset)) if dialect == Dialect::BigQuery => (Some(project), dataset),
        _ => (None, schema),
    }
}

/// The project that datasets without one lie in, where it is written and not left to the environment.
fn home(program: &Program) -> Option<&str> {
    match program.project.warehouse.as_ref()?.settings.get("project")? {
        Setting::Text(project) => Some(project),
        _ => None,
    }
}

/// Whether two schemas with one dataset's name may be one: whose project is not written may be the one that the other names.
fn may_be_one(dialect: Dialect, home: Option<&str>, first: &str, second: &str) -> bool {
    let project = |schema| apart(dialect, schema).0.or(home);
    match (project(first), project(second)) {
        (Some(first), Some(second)) => first == second,
        _ => true,
    }
}

/// A source in a schema that pipec makes: what its views show tells what the project says of the tables under them, whatever a source says.
fn shown(program: &Program, table: &Table, schema: &Ident) -> Option<Diagnostic> {
    if is_made(table) {
        return None;
    }
    let (whose, help) = if *schema == crate::access::connection_role(program) {
        ("Tableau".to_owned(), "read the models under them by their names")
    } else {
        let api = program.apis.iter().find(|api| api.schema == *schema)?;
        (format!("the API `{}`", api.name), "read the models under them by their names, or give the API a `schema` of its own")
    };
    let says = format!("`{schema}` holds the views that pipec makes for {whose}, and no source");
    Some(Diagnostic::error(Code::OnePlace, table.at, says).help(help))
}

/// Two columns of a table that a warehouse takes for one.
fn one_column(table: &Table, dialect: Dialect) -> Option<Diagnostic> {
    let mut there: BTreeMap<String, &crate::ir::Column> = BTreeMap::new();
    let (first, second) = table.columns.iter().find_map(|c| Some((there.insert(c.name.as_str().to_lowercase(), c)?, c)))?;
    let says = format!("`{}` and `{}` of `{}` are one column in {}", first.name, second.name, table.name, dialect.name());
    let at = if second.at == crate::base::Span::default() { table.at } else { second.at };
    Some(Diagnostic::error(Code::OnePlace, at, says).help("rename one: there names are found whatever the case of their letters"))
}

/// Whether it is a relation of the warehouse.
fn lies_there(table: &Table) -> bool {
    match &table.kind {
        TableKind::Model(model) => model.role != ModelRole::Query && model.materialization != Materialization::Ephemeral,
        TableKind::Source(_) | TableKind::Seed(_) => true,
    }
}

/// Whether a build makes it.
fn is_made(table: &Table) -> bool {
    !matches!(&table.kind, TableKind::Source(source) if source.own.is_none())
}

fn place<'p>(program: &'p Program, table: &'p Table) -> (&'p Ident, &'p str) {
    let name = table.name.as_str();
    match &table.kind {
        TableKind::Source(source) => {
            let own = name.strip_prefix(source.source.as_str()).and_then(|n| n.strip_prefix('.'));
            (&source.schema, own.unwrap_or(name))
        }
        TableKind::Seed(seed) => (&seed.schema, name),
        TableKind::Model(model) => (program.layer(model.layer).map_or(&program.project.name, |l| &l.schema), name),
    }
}

/// Working tables, and for what is made the schemas of look-ups and set-up.
fn reserved(program: &Program, schema: &str, name: &str, made: bool) -> bool {
    let schema = schema.to_lowercase();
    name == WORKING || made && (keeps(program, &schema) || ["pg_catalog", "information_schema"].contains(&&*schema))
}

/// Schemas that pipec makes and fills itself.
fn keeps(program: &Program, schema: &str) -> bool {
    let dialect = program.project.warehouse.as_ref().map_or(Dialect::Sqlite, |w| w.dialect);
    let (_, schema) = apart(dialect, schema);
    schema == format!("{}_access", program.project.name).to_lowercase() || ["pipec", "pipec_secret"].contains(&schema)
}

/// What a source cannot be: statistics show values of every column, other users' queries theirs, and the schemas of look-ups who may see what. No
/// declaration beside them says what they tell.
fn catalog(program: &Program, dialect: Dialect, schema: &str, name: &str) -> Option<&'static str> {
    let (schema, name) = (schema.to_lowercase(), name.to_lowercase());
    if keeps(program, &schema) {
        return Some("what pipec keeps for itself, and no source");
    }
    let postgres = dialect == Dialect::Postgres;
    let of_system = |part: &str| ["information_schema", "pg_catalog"].contains(&part) || postgres && part.starts_with("pg_");
    // BigQuery's views lie in `dataset.INFORMATION_SCHEMA`; extensions of Postgres put theirs wherever they are made.
    let hidden = schema.split('.').any(of_system) || name.split('.').any(|part| part == "information_schema");
    let of_dialect = match dialect {
        Dialect::Postgres => name.starts_with("pg_stat"),
        Dialect::DuckDb => name.starts_with("duckdb_") || name.starts_with("pragma_"),
        Dialect::BigQuery => name.starts_with("__tables"),
        Dialect::Sqlite => false,
    };
    (hidden || of_dialect || name.starts_with("sqlite_")).then_some("the warehouse's own catalog, and no source")
}
