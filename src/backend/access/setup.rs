use super::procedures::{PROCEDURES, REMEMBERED};
use super::{Access, DIALECT, ident, physical_name, text};
use crate::access::connection_role;
use crate::base::{Ident, short_digest};
use crate::ir::{Asked, ModelRole, Table, TableKind, Verb};
use crate::sql;
use std::collections::{BTreeMap, BTreeSet};

/// Stops a build whose roles would see through row-level security.
fn guard(owner: &str, readers: &[String]) -> String {
    let (quoted, plain, readers) = (text(owner), owner.replace('\'', "''").replace('%', "%%"), readers.join(", "));
    let body = format!(
        "\
declare
    reader name;
begin
    if exists (select 1 from pg_catalog.pg_roles where rolname = {quoted} and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception 'pipec: role {plain} owns the tables, and may neither log in nor pass row-level security by';
    end if;
    foreach reader in array array[{readers}]::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception 'pipec: role % reads, and may not be a superuser or pass row-level security by', reader;
        end if;
        if pg_catalog.pg_has_role(reader, {quoted}, 'member') then
            raise exception 'pipec: role % reads, and may not be a member of the owner', reader;
        end if;
        if exists (
            select 1 from pg_catalog.pg_class as c
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = 'pipec_secret' and c.relkind = 'r' and pg_catalog.has_schema_privilege(reader, n.oid, 'usage')
                and pg_catalog.has_any_column_privilege(reader, c.oid, 'select')
        ) or exists (
            select 1 from pg_catalog.pg_proc as p
            join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
            where n.nspname = 'pipec' and p.prosecdef and pg_catalog.has_function_privilege(reader, p.oid, 'execute')
        ) then
            raise exception 'pipec: role % reads, and may neither read the keys of masks nor call what uses them', reader;
        end if;
    end loop;
    if not pg_catalog.pg_has_role(current_user, {quoted}, 'usage') then
        execute pg_catalog.format('grant %I to current_user', {quoted});
    end if;
end"
    );
    format!("do {};\n", in_dollars(&body))
}

/// A body between dollar quotes that nothing in it can close: names may hold dollars, too.
pub(in crate::backend) fn in_dollars(body: &str) -> String {
    let tags = std::iter::once("$body$".to_owned()).chain((1..).map(|n| format!("$body{n}$")));
    let tag = tags.into_iter().find(|tag| !body.contains(tag.as_str())).unwrap_or_default();
    format!("{tag}\n{body}\n{tag}")
}

impl Access<'_> {
    /// What has to be there before the first table: roles, schemas, functions. Idempotent.
    pub(in crate::backend) fn setup(&self) -> String {
        let readers = self.readers();
        let mut out = self.lock();
        let names: BTreeSet<&str> = readers.keys().map(|r| r.as_str()).collect();
        for role in std::iter::once(self.owner.as_str()).chain(names.iter().copied()) {
            out.push_str(&create_role(role));
        }
        let listed: Vec<String> = names.iter().map(|r| text(r)).collect();
        out.push_str(&guard(self.owner.as_str(), &listed));
        let own = ident(&self.schema);
        out.push_str(&format!("create schema if not exists {own};\nrevoke all on schema {own} from public;\n"));
        out.push_str(&format!("grant usage, create on schema {own} to {};\n", self.owner()));
        let filled = |template: &str| template.replace("{schema}", &own).replace("{owner}", &self.owner()).replace("{named}", &text(&own));
        out.push_str(&format!("do {};\n", in_dollars(&filled(REMEMBERED))));
        for (name, parameters, types, body) in PROCEDURES {
            let body = in_dollars(&filled(body));
            out.push_str(&format!("create or replace procedure {own}.{name}({parameters})\nlanguage plpgsql\n"));
            out.push_str(&format!("set search_path = pg_catalog, pg_temp\nas {body};\n"));
            out.push_str(&format!("revoke execute on procedure {own}.{name}({types}) from public;\n"));
        }
        for schema in self.schemas() {
            let schema = ident(schema);
            out.push_str(&format!("create schema if not exists {schema};\nrevoke all on schema {schema} from public;\n"));
            out.push_str(&format!("grant usage, create on schema {schema} to {};\n", self.owner()));
            // Who reads makes nothing where tables are made, whatever was granted before.
            if !names.is_empty() {
                let all: Vec<String> = names.iter().map(|r| ident(&Ident::exact(r))).collect();
                out.push_str(&format!("revoke create on schema {schema} from {} cascade;\n", all.join(", ")));
            }
        }
        for (role, schemas) in &readers {
            for schema in schemas {
                out.push_str(&format!("grant usage on schema {} to {};\n", ident(schema), ident(&Ident::exact(role))));
            }
        }
        for (asked, roles) in self.asked() {
            out.push_str(&self.look_up(asked, &roles));
        }
        out.push_str(&self.take_back(&readers));
        out
    }

    /// Two builds at once would change the same lines of the catalog: one waits for the other until its transaction ends.
    fn lock(&self) -> String {
        let key = text(&format!("pipec access of {}", self.program.project.name));
        format!("select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({key}, 0));\n")
    }

    /// The call that takes back what this build does not say.
    fn take_back(&self, readers: &BTreeMap<String, BTreeSet<&Ident>>) -> String {
        let named = |t| {
            std::iter::once(physical_name(t).to_owned())
                .chain(self.part_names(t).iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>())
        };
        let built = self.built().flat_map(|t| named(t).map(move |name| (super::schema_of(self.program, t).as_str(), name)));
        let built: BTreeSet<(&str, String)> = built.collect();
        let entered: Vec<(&str, &str)> = readers.iter().flat_map(|(r, schemas)| schemas.iter().map(|s| (s.as_str(), r.as_str()))).collect();
        let list = |all: &mut dyn Iterator<Item = &str>| format!("array[{}]::name[]", all.map(text).collect::<Vec<_>>().join(", "));
        format!(
            "call {}.take_back(\n    {},\n    {},\n    {},\n    {}\n);\n",
            ident(&self.schema),
            list(&mut built.iter().map(|(place, _)| *place)),
            list(&mut built.iter().map(|(_, name)| name.as_str())),
            list(&mut entered.iter().map(|(place, _)| *place)),
            list(&mut entered.iter().map(|(_, reader)| *reader)),
        )
    }

    /// Tables and views that the project makes.
    fn built(&self) -> impl Iterator<Item = &Table> {
        self.program.tables.iter().filter(|t| !t.is_foreign() && !matches!(&t.kind, TableKind::Model(m) if m.role == ModelRole::Query))
    }

    /// Roles that Postgres gives something to, and the schemas they reach into.
    fn readers(&self) -> BTreeMap<String, BTreeSet<&Ident>> {
        let mut readers: BTreeMap<String, BTreeSet<&Ident>> = BTreeMap::new();
        for role in self.program.roles.iter() {
            let Some(name) = role.postgres.as_deref() else { continue };
            let lines = self.matrix.of(&role.name).filter(|e| matches!(e.verb, Verb::Read | Verb::Write));
            let tables = lines.filter_map(|e| self.program.table(e.table)).filter(|t| !t.is_foreign());
            readers.entry(name.to_owned()).or_default().extend(tables.map(|t| super::schema_of(self.program, t)));
        }
        if let Some(exporter) = &self.exporter {
            let tables = self.matrix.of(exporter).filter_map(|e| self.program.table(e.table)).filter(|t| !t.is_foreign());
            readers.entry(exporter.to_string()).or_default().extend(tables.map(|t| super::schema_of(self.program, t)));
        }
        // Whoever sees what in Tableau, the warehouse is asked by one role, which reads the views made for it and nothing else.
        for view in self.program.shown.iter().filter_map(|s| self.program.table(s.view)) {
            let connection = connection_role(self.program).to_string();
            readers.entry(connection).or_default().insert(super::schema_of(self.program, view));
        }
        readers
    }

    /// Schemas that the project fills.
    fn schemas(&self) -> BTreeSet<&Ident> {
        self.built().map(|t| super::schema_of(self.program, t)).collect()
    }

    /// What policies ask, and the roles in whose name it is asked.
    fn asked(&self) -> Vec<(&Asked, BTreeSet<String>)> {
        let mut out: Vec<(&Asked, BTreeSet<String>)> = Vec::new();
        for entry in &self.matrix.entries {
            for rule in &entry.rows {
                let Some(asked) = self.program.policies.get(rule.policy as usize).and_then(|p| p.asks.as_ref()) else { continue };
                if self.role(&entry.role).is_none() {
                    continue;
                }
                // The filter of a view is one for all its readers, and Postgres asks of each the right to all it calls.
                let readers = self.lines(entry.table).into_iter().filter(|(_, e)| e.role == entry.role || !self.is_stored(entry.table));
                let readers = readers.map(|(role, _)| role);
                match out.iter_mut().find(|(a, _)| *a == asked) {
                    Some((_, roles)) => roles.extend(readers),
                    None => out.push((asked, readers.collect())),
                }
            }
        }
        out.sort_by_key(|(asked, _)| (asked.entitlement, asked.columns.clone()));
        out
    }

    /// The columns a look-up yields, with their types.
    fn yields(&self, asked: &Asked) -> Vec<(String, String)> {
        let table = self.program.entitlements.get(asked.entitlement as usize).and_then(|e| self.program.table(e.table));
        let columns = asked.columns.iter().filter_map(|c| table.and_then(|t| t.columns.get(*c as usize)));
        columns.map(|c| (ident(&c.name), sql::type_name(&c.ty, DIALECT))).collect()
    }

    /// Its function. What it yields is part of the name: one that yields something else stands beside it, and no policy is in the way.
    pub(super) fn function(&self, asked: &Asked) -> String {
        let name = self.program.entitlements.get(asked.entitlement as usize).map_or("", |e| e.name.as_str());
        let hash = short_digest(format!("{:?}", self.yields(asked)), 8);
        let name: String = name.chars().take(30).collect();
        format!("{}.{}", ident(&self.schema), ident(&Ident::exact(&format!("{name}_{hash}"))))
    }

    /// The rows of an entitlement that name a login. A session may ask for itself and for roles it could become by `set role`, which is how
    /// pooled connections say whose request they serve; no setting that a session may change by itself is ever asked. The parameter has no
    /// name: a column might have the same, and would be read in its place.
    fn look_up(&self, asked: &Asked, roles: &BTreeSet<String>) -> String {
        let Some(entitlement) = self.program.entitlements.get(asked.entitlement as usize) else { return String::new() };
        let Some(table) = self.program.table(entitlement.table) else { return String::new() };
        let (function, columns) = (self.function(asked), self.yields(asked));
        // Where a condition names no column of the row, that there is one decides.
        let columns = if columns.is_empty() { vec![("found".to_owned(), "boolean".to_owned())] } else { columns };
        let yields = columns.iter().map(|(name, ty)| format!("{name} {ty}")).collect::<Vec<_>>().join(", ");
        let read = if asked.columns.is_empty() {
            "true".to_owned()
        } else {
            columns.iter().map(|(name, ty)| format!("cast(entitled.{name} as {ty})")).collect::<Vec<_>>().join(", ")
        };
        let body = format!(
            "\
#variable_conflict use_column
begin
    if pg_has_role(session_user, $1, 'member') then
        return query select {read} from {} as entitled where entitled.{} = cast($1 as text);
    end if;
end",
            self.name(table),
            ident(&entitlement.by),
        );
        let mut out = format!(
            "\
create or replace function {function}(name) returns table ({yields})
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as {};
revoke execute on function {function}(name) from public;
",
            in_dollars(&body)
        );
        // Of what the project builds the owner reads all; a source's tables only who builds.
        if !table.is_foreign() {
            out.push_str(&format!("alter function {function}(name) owner to {};\n", self.owner()));
        }
        for role in roles {
            out.push_str(&format!("grant execute on function {function}(name) to {role};\n"));
        }
        out
    }
}

fn create_role(role: &str) -> String {
    let body = format!(
        "\
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = {}) then
        create role {} nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end",
        text(role),
        ident(&Ident::exact(role))
    );
    format!("do {};\n", in_dollars(&body))
}
