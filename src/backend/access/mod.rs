//! Access in a Postgres warehouse, for every back end that writes for it: roles, grants by column, row-level security, filters of views,
//! and the look-up of entitlements. Idempotent; what is written for a table belongs into the transaction that makes the table.
//!
//! Three roles stand apart. The owner, who cannot log in, owns the tables. Who builds is a member of it. Readers never are: `force` holds
//! row-level security against the owner too, and one policy lets the owner through.

mod procedures;
mod rows;
mod setup;

pub(super) use setup::in_dollars;

use super::ends::Until;
use super::residue;
use super::text::{physical_name, schema_of};
use crate::access::{Carry, Entry, Matrix, connection_role, exported, exporter_role};
use crate::base::Ident;
use crate::check::residue::Marks;
use crate::ir::{Asked, Dialect, Literal, Materialization, Program, Table, TableId, TableKind, Verb};
use crate::sql::{self, Gap};
use std::collections::BTreeMap;

const DIALECT: Dialect = Dialect::Postgres;

/// Writes access for one program.
pub(super) struct Access<'p> {
    program: &'p Program,
    carry: Carry,
    matrix: Matrix,
    marks: Marks,
    /// The lines of the matrix that Postgres enforces, by table.
    lines: BTreeMap<TableId, Vec<usize>>,
    /// `demo_owner`
    owner: Ident,
    /// `demo_exporter`, where a pipeline runs exports.
    exporter: Option<Ident>,
    /// `demo_access`: where the functions lie.
    schema: Ident,
}

impl<'p> Access<'p> {
    /// `None` for a program that says nothing of access in Postgres. A role there is enough: its last grant may just have been removed.
    pub(super) fn new(program: &'p Program) -> Option<Access<'p>> {
        let exports = !exported(program).is_empty();
        if !program.roles.iter().any(|r| r.postgres.is_some()) && program.shown.is_empty() && !exports {
            return None;
        }
        let carry = Carry::new(program);
        let matrix = Matrix::new(program, &carry);
        let of = |what: &str| Ident::exact(&format!("{}_{what}", program.project.name));
        let mut lines: BTreeMap<TableId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in matrix.entries.iter().enumerate() {
            if entry.path.is_in_warehouse() && matches!(entry.verb, Verb::Read | Verb::Write) {
                lines.entry(entry.table).or_default().push(index);
            }
        }
        let exporter = exports.then(|| exporter_role(program));
        Some(Access { program, carry, matrix, marks: Marks::read(program), lines, owner: of("owner"), exporter, schema: of("access") })
    }

    /// The role in Postgres.
    fn role(&self, role: &Ident) -> Option<String> {
        self.named(role).map(|name| ident(&Ident::exact(name)))
    }

    /// Its name there, as it is.
    fn named<'a>(&'a self, role: &'a Ident) -> Option<&'a str> {
        if self.exporter.as_ref() == Some(role) || !self.program.shown.is_empty() && *role == connection_role(self.program) {
            return Some(role.as_str());
        }
        self.program.roles.iter().find(|r| r.name == *role)?.postgres.as_deref()
    }

    /// The role that owns what is built, as it is written.
    pub(in crate::backend) fn owner(&self) -> String {
        ident(&self.owner)
    }

    /// `"schema"."table"`
    fn name(&self, table: &Table) -> String {
        format!("{}.{}", ident(schema_of(self.program, table)), ident(&Ident::exact(physical_name(table))))
    }

    /// The lines of the matrix that Postgres enforces on a table, with the role's name there.
    fn lines(&self, id: TableId) -> Vec<(String, &Entry)> {
        let here = self.lines.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i));
        // What a build makes, nobody writes: a view would hand it on to the tables below.
        let own = self.program.table(id).is_some_and(|t| t.own().is_some());
        here.filter(|e| e.verb != Verb::Write || own).filter_map(|e| Some((self.role(&e.role)?, e))).collect()
    }

    /// Whether a policy asks an entitlement from it.
    fn is_asked(&self, id: TableId) -> bool {
        let from = |asked: &Asked| self.program.entitlements.get(asked.entitlement as usize).is_some_and(|e| e.table == id);
        self.program.policies.iter().any(|p| p.asks.as_ref().is_some_and(from))
    }

    /// What follows the making of a table or view, before its transaction ends.
    ///
    /// # Errors
    /// What a condition needs and Postgres lacks.
    pub(super) fn after(&self, id: TableId) -> Result<String, Gap> {
        let Some(table) = self.program.table(id) else { return Ok(String::new()) };
        let (name, lines) = (self.name(table), self.lines(id));
        let mut out = String::new();
        let stored = is_stored(table);
        if stored {
            out.push_str(&format!("alter table {name} owner to {};\n", self.owner()));
        }
        out.push_str(&self.refusals(id, &lines));
        out.push_str(&self.mark(id, &name));
        out.push_str(&format!("call {}.reset({});\n", ident(&self.schema), text(&name)));
        // Its look-up belongs to the owner, who has no view for being the owner of tables.
        if !stored && self.is_asked(id) {
            out.push_str(&format!("grant select on table {name} to {};\n", self.owner()));
        }
        for (role, entry) in &lines {
            let columns = entry.columns.iter().filter_map(|c| table.columns.get(c.column as usize));
            let columns = columns.map(|c| ident(&c.name)).collect::<Vec<_>>().join(", ");
            out.push_str(&match entry.verb {
                Verb::Write => format!("grant insert ({columns}), update ({columns}), delete on table {name} to {role};\n"),
                _ => format!("grant select ({columns}) on table {name} to {role};\n"),
            });
        }
        out.push_str(&self.ends(&name, &lines));
        if self.program.shown.iter().any(|s| s.view == id) {
            out.push_str(&format!("alter view {name} set (security_barrier = true);\n"));
        }
        let narrowed = !self.carry.of(id).is_empty();
        if stored && narrowed {
            self.row_security(&mut out, table, &lines)?;
        }
        self.partitions(&mut out, table, narrowed);
        let view = matches!(&table.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::View));
        // A reader's own function, called in his condition, would be told the rows that the view leaves out.
        if view && (!lines.is_empty() || self.program.twins.iter().any(|t| t.table == id)) {
            out.push_str(&format!("alter view {name} set (security_barrier = true);\n"));
        }
        Ok(out)
    }

    /// Rule 12: what earlier builds left of other masks is given to nobody who is not cleared for everything, as exports refuse to send it.
    fn refusals(&self, id: TableId, lines: &[(String, &Entry)]) -> String {
        // Exports ask by themselves.
        let cleared = |e: &Entry| {
            if Some(&e.role) == self.exporter.as_ref() {
                return true;
            }
            let role = self.program.roles.iter().find(|r| r.name == e.role);
            role.and_then(|r| self.program.clearance(r.clearance.as_ref()?.as_str())).is_some_and(|c| c.everything)
        };
        if lines.iter().all(|(_, e)| e.verb != Verb::Read || cleared(e)) {
            return String::new();
        }
        let one = |(id, mark): (TableId, &str)| {
            let name = self.name(self.program.table(id)?);
            Some(format!("call {}.refuse_older({}, {});\n", ident(&self.schema), text(&name), text(&residue::comment(mark))))
        };
        self.marks.behind(self.program, [id]).into_iter().filter_map(one).collect()
    }

    /// What takes back, in the same transaction, rights that stand on an Expert Determination whose last day is over.
    fn ends(&self, name: &str, lines: &[(String, &Entry)]) -> String {
        let mut out = String::new();
        for (_, entry) in lines.iter().filter(|(_, e)| e.verb == Verb::Read) {
            let Some((role, until)) = self.named(&entry.role).zip(Until::of_line(self.program, entry)) else { continue };
            let words = [name, role, &until.id, &until.day].map(text).join(", ");
            out.push_str(&format!("call {}.hold_until({words});\n", ident(&self.schema)));
        }
        out
    }

    /// Rule 12: exports ask under which masks and labels the rows of what they read were made.
    fn mark(&self, id: TableId, name: &str) -> String {
        let Some(mark) = self.marks.sent(id) else { return String::new() };
        let behind = self.marks.read_by(self.program, id);
        let all = |each: &dyn Fn(&(TableId, &str)) -> Option<String>| behind.iter().filter_map(each).collect::<Vec<_>>().join(", ");
        let names = all(&|(id, _)| Some(text(&self.name(self.program.table(*id)?))));
        let marks = all(&|(id, mark)| self.program.table(*id).map(|_| text(&residue::comment(mark))));
        let kept = self.marks.get(id).is_some();
        format!(
            "call {}.mark_rows({}, {}, {kept}, array[{names}]::text[], array[{marks}]::text[]);\n",
            ident(&self.schema),
            text(name),
            text(&residue::comment(mark))
        )
    }

    /// One permissive policy per role and verb holds all that narrows the role: Postgres would join several by `or`.
    fn row_security(&self, out: &mut String, table: &Table, lines: &[(String, &Entry)]) -> Result<(), Gap> {
        let name = self.name(table);
        out.push_str(&format!("alter table {name} enable row level security;\nalter table {name} force row level security;\n"));
        out.push_str(&format!("create policy pipec_owner on {name} to {} using (true) with check (true);\n", self.owner()));
        let alias = Ident::exact(physical_name(table));
        for (number, (role, entry)) in lines.iter().enumerate() {
            let seen = self.seen(entry, &alias)?.unwrap_or_else(|| "true".to_owned());
            let verbs: &[(&str, &str)] = match entry.verb {
                Verb::Write => &[("insert", "with check"), ("update", "using"), ("delete", "using")],
                _ => &[("select", "using")],
            };
            for (verb, clause) in verbs {
                let policy = policy_name(verb, &entry.role, number);
                out.push_str(&format!(
                    "create policy {policy} on {name} for {verb} to {role} {clause} (\n    {}\n);\n",
                    seen.replace('\n', "\n    ")
                ));
            }
        }
        Ok(())
    }

    /// Whoever asks a partition itself asks neither the table's policies nor its grants: so nobody may.
    fn partitions(&self, out: &mut String, table: &Table, narrowed: bool) {
        for name in self.part_names(table) {
            let name = format!("{}.{}", ident(schema_of(self.program, table)), ident(&name));
            out.push_str(&format!("alter table {name} owner to {};\n", self.owner()));
            out.push_str(&format!("call {}.reset({});\n", ident(&self.schema), text(&name)));
            if narrowed {
                out.push_str(&format!("alter table {name} enable row level security;\nalter table {name} force row level security;\n"));
                out.push_str(&format!("create policy pipec_owner on {name} to {} using (true) with check (true);\n", self.owner()));
            }
        }
    }

    /// The names of a table's partitions, in its schema.
    fn part_names(&self, table: &Table) -> Vec<Ident> {
        let parts = table.own().and_then(|own| own.partitions.as_ref()).map(|p| p.parts(physical_name(table)));
        parts.into_iter().flatten().map(|part| part.name).collect()
    }

    fn is_stored(&self, id: TableId) -> bool {
        self.program.table(id).is_some_and(is_stored)
    }

    fn is_filtered(&self, id: TableId) -> bool {
        self.lines(id).iter().any(|(_, e)| !e.rows.is_empty())
    }

    /// A view's query with what its readers may see: row-level security is for tables only. Who builds sees all.
    ///
    /// # Errors
    /// As [`Access::after`].
    pub(super) fn filtered(&self, id: TableId, query: String, guard: impl Fn(String) -> String) -> Result<String, Gap> {
        let Some(table) = self.program.table(id).filter(|t| !is_stored(t) && self.is_filtered(id)) else { return Ok(query) };
        let alias = Ident::exact("seen");
        let may = |role: &str| format!("pg_catalog.pg_has_role(current_user, {}, 'usage')", text(role));
        let mut any = vec![may(self.owner.as_str())];
        for (_, entry) in self.lines(id).into_iter().filter(|(_, e)| e.verb == Verb::Read) {
            let Some(role) = self.named(&entry.role) else { continue };
            any.push(match self.seen(entry, &alias)? {
                Some(seen) => format!("({} and ({}))", may(role), seen.replace('\n', "\n    ")),
                None => may(role),
            });
        }
        let columns: Vec<String> = table.columns.iter().map(|c| format!("    seen.{}", ident(&c.name))).collect();
        let head = guard(format!("select\n{}\nfrom (\n", columns.join(",\n")));
        Ok(format!("{head}{query}\n) as seen\nwhere {}", guard(any.join("\n   or "))))
    }
}

/// Whether Postgres keeps rows of it under row-level security.
fn is_stored(table: &Table) -> bool {
    match &table.kind {
        TableKind::Model(model) => matches!(model.materialization, Materialization::Table | Materialization::Incremental { .. }),
        TableKind::Seed(_) => true,
        TableKind::Source(source) => source.own.is_some(),
    }
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}

fn text(text: &str) -> String {
    sql::literal(&Literal::Text(text.into()), DIALECT)
}

/// A name of at most 63 bytes, which Postgres keeps whole.
fn policy_name(verb: &str, role: &Ident, number: usize) -> String {
    let name = format!("pipec_{verb}_{role}");
    ident(&Ident::exact(&if name.len() <= 63 { name } else { format!("pipec_{verb}_{number}") }))
}

/// A map from entitlements' tables to the calls that look them up.
type Calls = BTreeMap<TableId, String>;
