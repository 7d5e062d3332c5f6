use super::super::google::Access;
use super::super::text::{physical_name, schema_of};
use super::host::{Names, SqlHost};
use crate::access::{Carried, Entry};
use crate::base::Ident;
use crate::ir::{
    Asked, Dialect, Distinct, Expr, ExprKind, FromItem, Grouping, Literal, Materialization, Policy, Program, Query, Relation,
    RelationSource, Select, SelectItem, SetExpr, Setting, Table, TableId, TableKind, Type,
};
use crate::sql::{self, Gap, Host};
use std::borrow::Cow;

const DIALECT: Dialect = Dialect::BigQuery;
/// Where BigQuery keeps datasets that name no place.
const DEFAULT_LOCATION: &str = "us";

/// The name of a view's query inside what filters it.
const SEEN: &str = "pipec_seen";

/// Prints conditions; of the entitlement that is asked, the rows are at hand already.
struct Entitled<'n> {
    inner: SqlHost<'n>,
    asked: Option<TableId>,
    alias: &'n str,
}

impl Host for Entitled<'_> {
    fn table(&self, program: &Program, table: TableId) -> String {
        if self.asked == Some(table) { format!("unnest({}.rights)", self.alias) } else { self.inner.table(program, table) }
    }

    fn guard<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.inner.guard(text)
    }

    fn run_date(&self) -> String {
        // Policies that ask for it were refused.
        "null".to_owned()
    }
}

/// `exists (select 1 from … as entitled where …)`: a query of its own, so that its columns and those around it are told apart.
fn some_row(policy: &Policy, table: TableId, filter: Expr) -> Expr {
    let at = policy.at;
    let one = Expr { kind: ExprKind::Literal(Literal::Number("1".into())), ty: Type::Integer, nullable: false, at };
    let alias = Ident::exact(Policy::ENTITLED);
    let relation = Relation { source: RelationSource::Table(table), alias, lateral: false, columns: Vec::new(), at };
    let select = Select {
        distinct: Distinct::No,
        items: vec![SelectItem { expr: one, name: Ident::exact("found") }],
        from: vec![FromItem::Relation(relation)],
        filter: Some(filter),
        group: Grouping::default(),
        having: None,
        qualify: None,
    };
    let body = SetExpr::Select(Box::new(select));
    let query = Query { with: Vec::new(), body, order: Vec::new(), limit: None, offset: None, columns: Vec::new() };
    Expr { kind: ExprKind::Exists(Box::new(query), false), ty: Type::Boolean, nullable: false, at }
}

/// What a build says of who reads a table. Grants come last: whoever reads may not see the table before its policies hold.
pub(in super::super) struct Written<'a> {
    access: Access<'a>,
    names: &'a Names,
    /// `region-eu`: where BigQuery tells what was granted.
    region: String,
}

/// Before and after what makes a table.
pub(in super::super) struct Around {
    pub(in super::super) before: String,
    pub(in super::super) after: String,
}

impl<'a> Written<'a> {
    /// `None` where the program says nothing of access.
    pub(in super::super) fn new(program: &'a Program, names: &'a Names) -> Option<Written<'a>> {
        let location = program.project.warehouse.as_ref().and_then(|w| w.settings.get("location"));
        let location = match location {
            Some(Setting::Text(location)) => location.to_ascii_lowercase(),
            _ => DEFAULT_LOCATION.to_owned(),
        };
        Some(Written { access: Access::new(program)?, names, region: format!("region-{location}") })
    }

    /// Whether a view looks an entitlement up, and so comes after that. Nothing reads such a view.
    pub(super) fn comes_last(&self, id: TableId) -> bool {
        let program = self.access.program;
        let asks = |e: &Entry| e.rows.iter().any(|r| program.policies.get(r.policy as usize).is_some_and(|p| p.asks.is_some()));
        program.table(id).is_some_and(|t| !is_stored(t)) && self.access.lines(id).into_iter().any(|(_, e)| asks(e))
    }

    /// # Errors
    /// What a condition needs and BigQuery lacks.
    pub(in super::super) fn around(&self, id: TableId) -> Result<Around, Gap> {
        let Some(table) = self.access.program.table(id) else { return Ok(Around { before: String::new(), after: String::new() }) };
        let (name, lines) = (self.names.of(id), self.access.lines(id));
        let (reset, stored) = (self.reset(table, name), is_stored(table));
        let narrowed = stored && self.access.is_narrowed(id);
        // A table that is replaced may lose its policies and keep its grants: nobody reads it until both are there again.
        let (before, mut after) = if narrowed { (reset, String::new()) } else { (String::new(), reset) };
        if stored {
            after.push_str(&format!("drop all row access policies on {name};\n"));
        }
        if narrowed && !lines.is_empty() {
            after.push_str(&builder(name));
            for (number, (group, entry)) in lines.iter().enumerate() {
                let seen = self.seen(entry)?.unwrap_or_else(|| "true".to_owned()).replace('\n', "\n    ");
                let policy = format!("pipec_reader_{}", number + 1);
                let grantee = literal(&format!("group:{group}"));
                after.push_str(&format!(
                    "create row access policy {policy} on {name}\ngrant to ({grantee})\nfilter using (\n    {seen}\n);\n"
                ));
            }
        }
        if !lines.is_empty() {
            let grantees: Vec<String> = lines.iter().map(|(group, _)| literal(&format!("group:{group}"))).collect();
            let kind = if stored { "table" } else { "view" };
            after.push_str(&format!("grant `roles/bigquery.dataViewer` on {kind} {name}\nto {};\n", grantees.join(", ")));
        }
        Ok(Around { before, after })
    }

    /// Takes back what anybody was granted on a table or view; nothing where it is not there yet.
    fn reset(&self, table: &Table, name: &str) -> String {
        let (schema, own) = (schema_of(self.access.program, table).as_str(), physical_name(table));
        format!(
            "execute immediate (
    select coalesce(
        format(
            'revoke %s on %s %s from %s',
            string_agg(distinct format('`%s`', given.privilege_type), ', '), max(given.object_type), {}, string_agg(distinct format('\"%s\"', given.grantee), ', ')
        ),
        'select 1'
    )
    from `{}`.INFORMATION_SCHEMA.OBJECT_PRIVILEGES as given
    where given.object_schema = {} and given.object_name = {}
);\n",
            literal(name),
            self.region,
            literal(schema),
            literal(own)
        )
    }

    /// The rows a role sees, over the table's columns; `None`: all of them.
    fn seen(&self, entry: &Entry) -> Result<Option<String>, Gap> {
        let program = self.access.program;
        let host = SqlHost { names: self.names, dialect: DIALECT };
        let printed = self.filters(entry, &Ident::exact("seen"))?;
        let printed: Vec<String> = printed
            .into_iter()
            .map(|filter| match filter {
                Some((_, filter)) => printed_without_setup(program, &filter, &host),
                None => Ok("false".to_owned()),
            })
            .collect::<Result<_, Gap>>()?;
        Ok(joined(printed))
    }

    /// The conditions of a role on a table, whose columns stand under `alias`, with what each asks. `None`: it cannot be placed, and shows nothing.
    fn filters(&self, entry: &Entry, alias: &Ident) -> Result<Vec<Option<(&'a Policy, Expr)>>, Gap> {
        let program = self.access.program;
        let mut out = Vec::new();
        for rule in &entry.rows {
            let Some(policy) = program.policies.get(rule.policy as usize) else { continue };
            let carried = Carried { policy: rule.policy, roles: Vec::new(), columns: Ok(rule.columns.clone()) };
            out.push(policy.over(program, &carried, entry.table, alias).map(|filter| (policy, filter)));
        }
        Ok(out)
    }

    /// The tables of the entitlements that a view looks up.
    pub(in super::super) fn asked(&self, id: TableId) -> Vec<TableId> {
        let program = self.access.program;
        if !self.comes_last(id) {
            return Vec::new();
        }
        let lines = self.access.lines(id);
        let policies = lines.iter().flat_map(|(_, e)| &e.rows).filter_map(|r| program.policies.get(r.policy as usize));
        let asked = policies.filter_map(|p| program.entitlements.get(p.asks.as_ref()?.entitlement as usize)).map(|e| e.table);
        asked.collect::<std::collections::BTreeSet<TableId>>().into_iter().collect()
    }

    /// A view's query with what its readers may see: the same for all of them, or it was refused. What names them in an entitlement is looked
    /// up once for the query and then asked row by row; BigQuery joins no tables inside a condition.
    ///
    /// # Errors
    /// As [`Written::around`].
    pub(in super::super) fn filtered(&self, id: TableId, query: String, guard: impl Fn(String) -> String) -> Result<String, Gap> {
        let program = self.access.program;
        let Some(table) = program.table(id).filter(|t| !is_stored(t)) else { return Ok(query) };
        let Some((_, entry)) = self.access.lines(id).into_iter().find(|(_, e)| !e.rows.is_empty()) else { return Ok(query) };
        let (mut conditions, mut joins) = (Vec::new(), String::new());
        for filter in self.filters(entry, &Ident::exact(SEEN))? {
            let Some((policy, filter)) = filter else {
                conditions.push("false".to_owned());
                continue;
            };
            let alias = format!("pipec_asked_{}", conditions.len() + 1);
            let asked = policy.asks.as_ref().and_then(|a| Some((a, program.entitlements.get(a.entitlement as usize)?.table)));
            let host = Entitled { inner: SqlHost { names: self.names, dialect: DIALECT }, asked: asked.map(|(_, t)| t), alias: &alias };
            let filter = match asked {
                None => filter,
                Some((asked, table)) => {
                    joins.push_str(&self.looked_up(asked, &alias));
                    some_row(policy, table, filter)
                }
            };
            conditions.push(printed_without_setup(program, &filter, &host)?);
        }
        let columns: Vec<String> = table.columns.iter().map(|c| format!("    {SEEN}.{}", ident(&c.name))).collect();
        let condition = joined(conditions).unwrap_or_else(|| "true".to_owned());
        let head = guard(format!("select\n{}\nfrom (\n", columns.join(",\n")));
        Ok(format!("{head}{query}{}", guard(format!("\n) as {SEEN}{joins}\nwhere {condition}"))))
    }

    /// The rows of an entitlement that name whoever asks, as one array.
    fn looked_up(&self, asked: &Asked, alias: &str) -> String {
        let program = self.access.program;
        let Some(entitlement) = program.entitlements.get(asked.entitlement as usize) else { return String::new() };
        let table = program.table(entitlement.table);
        let column = |c: &u32| table.and_then(|t| t.columns.get(*c as usize)).map(|c| format!("rights.{}", ident(&c.name)));
        let mut columns: Vec<String> = asked.columns.iter().filter_map(column).collect();
        if columns.is_empty() {
            columns.push("true as found".to_owned());
        }
        format!(
            "\ncross join (\n    select array(\n        select as struct {}\n        from {} as rights\n        where rights.{} = session_user()\n    ) as rights\n) as {alias}",
            columns.join(", "),
            self.names.of(entitlement.table),
            ident(&entitlement.by)
        )
    }
}

/// The functions of the set-up are called with the rights of who asks, who has none to them.
fn printed_without_setup(program: &Program, filter: &Expr, host: &dyn Host) -> Result<String, Gap> {
    let printed = sql::expr(program, filter, DIALECT, host)?;
    if super::super::setup::called_in(&printed) {
        return Err(Gap { what: "a function of the set-up in the condition of a policy".to_owned(), at: filter.at });
    }
    Ok(printed)
}

fn joined(mut conditions: Vec<String>) -> Option<String> {
    match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(conditions.iter().map(|c| format!("({c})")).collect::<Vec<_>>().join("\nand ")),
    }
}

/// Who builds sees all rows, or what is built from the table would lack some. Row access policies name people and nothing else, so the name
/// is filled in by the run.
fn builder(name: &str) -> String {
    format!(
        "execute immediate (
    select format(
        'create row access policy pipec_builder on %s grant to (\"%s:%s\") filter using (true)',
        {}, if(ends_with(session_user(), '.gserviceaccount.com'), 'serviceAccount', 'user'), session_user()
    )
);\n",
        literal(name)
    )
}

fn is_stored(table: &Table) -> bool {
    match &table.kind {
        TableKind::Model(model) => !matches!(model.materialization, Materialization::View | Materialization::Ephemeral),
        TableKind::Seed(_) => true,
        TableKind::Source(_) => false,
    }
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}

fn literal(value: &str) -> String {
    let printed = sql::literal(&Literal::Text(value.into()), DIALECT);
    super::host::apart_from_run_date(&printed).into_owned()
}

/// What `region-…` may hold.
pub(in super::super) fn refuses_location(program: &Program) -> Option<Gap> {
    let bad = match program.project.warehouse.as_ref()?.settings.get("location")? {
        Setting::Text(place) => place.is_empty() || !place.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
        _ => true,
    };
    let what = "grants where the warehouse's `location` is not written out as a text: what was granted is told by region".to_owned();
    (bad && Access::new(program).is_some()).then_some(Gap { what, at: program.project.at })
}
