//! Who may read what, before and after: the two access matrices cell by cell, rows by the conditions of their policies, and who stands behind a
//! role.

mod logins;
mod old_files;
mod platform;
pub(super) mod rows;

use crate::access::{Carried, Carry, Entry, Matrix, Path};
use crate::base::{Ident, Span};
use crate::ir::{Origin, Policy, Program, TableId, TableKind};
use crate::plan::Side;
use crate::plan::access::rows::{Condition, Rows, compare};
use crate::plan::common::canon;
use crate::plan::common::names::{Common, Pairs};
use crate::plan::common::tables::Tables;
use crate::plan::common::words::{causes, told};
use crate::plan::models::refreshes::is_stored;
use crate::plan::report::{
    AccessChange, AccessKind, ColumnSeen, Direction, Principal, PrincipalKind, RowsCompared, Seen, Verdict, Via, Which,
};
use std::collections::{BTreeMap, BTreeSet};

/// A line of the matrix, by names that both programs share: who, verb, where, table.
pub(in crate::plan) type Key = (Principal, String, Via, String);

/// What such a line lets through.
pub(in crate::plan) struct Line {
    /// The table in its own program.
    pub(in crate::plan) table: TableId,
    /// Columns by common name: position and mask.
    pub(in crate::plan) columns: BTreeMap<String, (u32, Option<String>)>,
    /// Their order.
    order: Vec<String>,
    rules: Vec<crate::access::RowRule>,
    /// Whether the table has row-level security, be it for others.
    secured: bool,
    masked_by: Option<String>,
    because: Vec<Span>,
}

/// The matrix of a program by common names, what service accounts read, and the buckets that no role reads, each a reader of its own.
pub(in crate::plan) fn lines(common: &Common<'_>) -> BTreeMap<Key, Line> {
    let program = common.program;
    let carry = Carry::new(program);
    let matrix = Matrix::new(program, &carry);
    let mut all = BTreeMap::new();
    // What the exporter reads is what exports send, which is told as such.
    let exporter = crate::access::exporter_role(program);
    for entry in matrix.entries.into_iter().filter(|e| e.role != exporter) {
        let principal = Principal { kind: PrincipalKind::Role, name: entry.role.to_string() };
        let key = (principal, entry.verb.name().to_owned(), via(program, entry.path), common.table(entry.table).to_owned());
        let exported = exported(program, &entry);
        let secured = entry.path == Path::Warehouse && is_kept(program, entry.table) && !carry.of(entry.table).is_empty();
        all.insert(key, Line { secured, ..line(common, entry, exported) });
    }
    for entry in matrix.accounts {
        let principal = Principal { kind: PrincipalKind::ServiceAccount, name: entry.role.to_string() };
        let key = (principal, entry.verb.name().to_owned(), via(program, entry.path), common.table(entry.table).to_owned());
        all.insert(key, line(common, entry, None));
    }
    for (index, export) in (0u32..).zip(&program.exports) {
        let Some(bucket) = program.buckets.get(export.bucket as usize).filter(|b| b.readers.is_empty()) else { continue };
        for table in &export.tables {
            let principal = Principal { kind: PrincipalKind::Bucket, name: bucket.name.to_string() };
            let key = (principal, "extract".to_owned(), via(program, Path::Export(index)), common.table(table.table).to_owned());
            let entry = Entry {
                role: bucket.name.clone(),
                verb: crate::ir::Verb::Extract,
                table: table.table,
                path: Path::Export(index),
                columns: table.columns.iter().map(|c| crate::access::Cell { column: *c, mask: None }).collect(),
                rows: Vec::new(),
                masked: None,
                because: vec![table.at, bucket.at],
            };
            all.insert(key, line(common, entry, None));
        }
    }
    all
}

/// Whether rows lie in it.
fn is_kept(program: &Program, table: TableId) -> bool {
    let view = |kind: &TableKind| matches!(kind, TableKind::Model(m) if !is_stored(&m.materialization));
    program.table(table).is_some_and(|t| !view(&t.kind))
}

/// The columns that an export lists.
fn exported(program: &Program, entry: &Entry) -> Option<BTreeSet<u32>> {
    let Path::Export(index) = entry.path else { return None };
    let tables = &program.exports.get(index as usize)?.tables;
    Some(tables.iter().filter(|t| t.table == entry.table).flat_map(|t| t.columns.iter().copied()).collect())
}

fn line(common: &Common<'_>, entry: Entry, only: Option<BTreeSet<u32>>) -> Line {
    let cells = entry.columns.into_iter().filter(|c| only.as_ref().is_none_or(|o| o.contains(&c.column)));
    let named: Vec<(String, (u32, Option<String>))> =
        cells.map(|c| (common.column_at(entry.table, c.column).to_owned(), (c.column, c.mask.map(|m| m.to_string())))).collect();
    Line {
        table: entry.table,
        order: named.iter().map(|(n, _)| n.clone()).collect(),
        columns: named.into_iter().collect(),
        rules: entry.rows,
        secured: false,
        masked_by: entry.masked.map(|(_, by)| by.to_string()),
        because: entry.because,
    }
}

pub(in crate::plan) fn via(program: &Program, path: Path) -> Via {
    match path {
        Path::Warehouse => Via::Warehouse,
        Path::Google => Via::Platform,
        Path::DataSource(index) => {
            let shown = program.shown.get(index as usize);
            Via::DataSource { name: shown.map_or(String::new(), |s| s.name.to_string()) }
        }
        Path::Api(index) => {
            let api = program.apis.get(index as usize);
            let name = api.map_or(String::new(), |a| a.name.to_string());
            Via::Api { name, anonymous: api.is_some_and(|a| a.anonymous.is_some()) }
        }
        Path::Export(index) => {
            let export = program.exports.get(index as usize);
            let bucket = export.and_then(|e| program.buckets.get(e.bucket as usize));
            Via::Export {
                bucket: bucket.map_or(String::new(), |b| b.name.to_string()),
                export: export.map_or(String::new(), |e| e.name.to_string()),
            }
        }
    }
}

/// Both sides of the comparison, for families that look at cells.
pub(in crate::plan) struct Both<'a> {
    pub(in crate::plan) base: Side<'a>,
    pub(in crate::plan) head: Side<'a>,
    pub(in crate::plan) pairs: &'a Pairs<'a>,
    pub(in crate::plan) tables: &'a Tables,
    pub(in crate::plan) was: BTreeMap<Key, Line>,
    pub(in crate::plan) is: BTreeMap<Key, Line>,
}

impl<'a> Both<'a> {
    pub(in crate::plan) fn new(base: Side<'a>, head: Side<'a>, pairs: &'a Pairs<'a>, tables: &'a Tables) -> Both<'a> {
        let (was, is) = rayon::join(|| lines(&pairs.base), || lines(&pairs.head));
        Both { base, head, pairs, tables, was, is }
    }

    /// Everything that changed about who reads what.
    pub(in crate::plan) fn access(&self) -> Vec<AccessChange> {
        let mut all = logins::logins(self);
        all.extend(old_files::old_files(self));
        all.extend(logins::files(self));
        all.extend(platform::platform(self));
        let keys: BTreeSet<&Key> = self.was.keys().chain(self.is.keys()).collect();
        for key in keys {
            let (was, is) = (self.was.get(key), self.is.get(key));
            let fresh = |c: &&String| was.is_none_or(|l| !l.columns.contains_key(*c));
            let gone = |c: &&String| is.is_none_or(|l| !l.columns.contains_key(*c));
            let gained: Vec<&String> = is.into_iter().flat_map(|l| l.order.iter().filter(fresh)).collect();
            let lost: Vec<&String> = was.into_iter().flat_map(|l| l.order.iter().filter(gone)).collect();
            if let (Some(line), false) = (is, gained.is_empty()) {
                all.push(self.columns(key, line, &gained, (Direction::Gain, Which::Head)));
            }
            if let (Some(line), false) = (was, lost.is_empty()) {
                all.push(self.columns(key, line, &lost, (Direction::Loss, Which::Base)));
            }
            if let (Some(was), Some(is)) = (was, is) {
                all.extend(self.rows(key, was, is));
            }
        }
        all.sort_by(|a, b| {
            let by = |c: &AccessChange| (c.direction, c.kind, c.principal.clone(), c.verb.clone(), c.via.clone(), c.object.clone());
            by(a).cmp(&by(b))
        });
        all
    }

    /// Whether a table of the head is what Tableau is shown of another one: no declaration of its own.
    pub(in crate::plan) fn is_made_up(&self, head: TableId) -> bool {
        self.head.program.shown.iter().any(|s| s.view == head)
    }

    pub(in crate::plan) fn side(&self, which: Which) -> (&Common<'a>, Side<'a>) {
        match which {
            Which::Base => (&self.pairs.base, self.base),
            Which::Head => (&self.pairs.head, self.head),
        }
    }

    /// How a line is seen, in words.
    pub(in crate::plan) fn seen(&self, which: Which, line: &Line) -> Seen {
        let (common, side) = self.side(which);
        let mut rows: Vec<String> = line.rules.iter().filter_map(|rule| rule_text(common, side, line.table, rule)).collect();
        rows.sort();
        Seen { rows, masked_by: line.masked_by.clone(), login: None }
    }

    fn columns(&self, key: &Key, line: &Line, names: &[&String], (direction, which): (Direction, Which)) -> AccessChange {
        let (common, side) = self.side(which);
        let seen = Some(self.seen(which, line));
        let other = match which {
            Which::Head => self.was.get(key).map(|l| self.seen(Which::Base, l)),
            Which::Base => self.is.get(key).map(|l| self.seen(Which::Head, l)),
        };
        let (before, after) = if which == Which::Head { (other, seen) } else { (seen, other) };
        let (principal, verb, via, object) = key.clone();
        AccessChange {
            direction,
            kind: AccessKind::Columns,
            principal,
            verb,
            via,
            object,
            columns: names.iter().filter_map(|n| column_seen(common.program, line, n)).collect(),
            before,
            after,
            verdict: None,
            caused_by: causes(which, side, line.because.iter().copied()),
        }
    }

    /// Rows of columns that are read on both sides.
    fn rows(&self, key: &Key, was: &Line, is: &Line) -> Option<AccessChange> {
        let mut verdict = self.verdict(was, is)?;
        let (principal, verb, via, object) = key.clone();
        if verdict.rows == RowsCompared::Equal {
            verdict.because = Some(self.enforced_otherwise(&via, was, is)?);
        }
        let policies = |program: &Program, line: &Line| -> Vec<Span> {
            line.rules.iter().filter_map(|r| program.policies.get(r.policy as usize)).map(|p| p.at).collect()
        };
        let mut caused_by = causes(Which::Base, self.base, policies(self.base.program, was));
        caused_by.extend(causes(Which::Head, self.head, policies(self.head.program, is)));
        let both = is.order.iter().filter(|c| was.columns.contains_key(*c));
        Some(AccessChange {
            direction: verdict.rows.direction(),
            kind: AccessKind::Rows,
            principal,
            verb,
            via,
            object,
            columns: both.filter_map(|n| column_seen(self.head.program, is, n)).collect(),
            before: Some(self.seen(Which::Base, was)),
            after: Some(self.seen(Which::Head, is)),
            verdict: Some(verdict),
            caused_by,
        })
    }

    /// How the rows compare; `None` where no policy says anything on either side, be it to others.
    fn verdict(&self, was: &Line, is: &Line) -> Option<Verdict> {
        if was.rules.is_empty() && is.rules.is_empty() {
            let equal = Verdict { rows: RowsCompared::Equal, witness: None, because: None };
            return (was.secured != is.secured).then_some(equal);
        }
        let before = conditions(&self.pairs.base, was);
        let after = conditions(&self.pairs.head, is);
        let (Some(before), Some(after)) = (before, after) else {
            return Some(unknown("a condition reads a column that is not there"));
        };
        let verdict = compare(&before, &after);
        // The same words over columns that are computed otherwise are another condition; what one side alone asks is not held against the other.
        let known: BTreeSet<(&str, &str)> = named(&self.pairs.base, read_by(self.base.program, was)).map(|(_, name)| name).collect();
        let mut both = named(&self.pairs.head, read_by(self.head.program, is)).filter(|(_, name)| known.contains(name)).map(|(at, _)| at);
        let moved = both.find(|(table, column)| match *column {
            Origin::ROWS => self.tables.rows_affected(*table),
            column => self.tables.column_affected(*table, column),
        });
        match moved {
            Some((table, column)) => {
                let name = self.pairs.head.table(table);
                let what = match self.head.program.table(table).and_then(|t| t.columns.get(column as usize)) {
                    Some(column) => format!("`{name}.{}` in it is computed otherwise", column.name),
                    None => format!("`{name}` has other rows, and who is entitled is looked up there"),
                };
                Some(unknown(&what))
            }
            None => Some(self.delayed(is).unwrap_or(verdict)),
        }
    }

    /// The same rows, and what has changed about how that is enforced.
    fn enforced_otherwise(&self, via: &Via, was: &Line, is: &Line) -> Option<String> {
        if was.rules.is_empty() && is.rules.is_empty() {
            let now =
                if is.secured { "has row-level security now, and no policy" } else { "has no row-level security any more; no policy" };
            return Some(format!("the table {now} narrows this role"));
        }
        let all = |common: &Common<'_>, line: &Line| {
            let mut all: Vec<(String, String)> = Vec::new();
            for (rule, condition) in line.rules.iter().zip(conditions(common, line)?.conditions) {
                let name = common.program.policies.get(rule.policy as usize)?.name.to_string();
                all.push((format!("{} {:?}", condition.canonical, condition.asks), name));
            }
            all.sort();
            Some(all)
        };
        let (before, after) = (all(&self.pairs.base, was)?, all(&self.pairs.head, is)?);
        let words = |all: &[(String, String)]| all.iter().map(|(words, _)| words.clone()).collect::<Vec<_>>();
        let means = |program: &Program, line: &Line| match is_kept(program, line.table) {
            false => "conditions in the view",
            true => "row-level security of the table",
        };
        let (by, now) = (means(self.base.program, was), means(self.head.program, is));
        if by != now && *via == Via::Warehouse {
            return Some(format!("enforced by {by} → {now}"));
        }
        if words(&before) != words(&after) {
            return Some("the condition is another one and lets the same rows through".to_owned());
        }
        (before != after).then(|| "policies have other names".to_owned())
    }

    /// Who is entitled is looked up where a change shows later than before, or earlier.
    fn delayed(&self, line: &Line) -> Option<Verdict> {
        let head = self.head.program;
        let asked = line.rules.iter().filter_map(|r| asked_of(head, r)?.first().map(|(table, _)| *table));
        let late = asked.into_iter().find(|table| self.tables.late(*table))?;
        Some(unknown(&format!(
            "`{}` is a view no more, or is one now: who is entitled is looked up there as of another time",
            self.pairs.head.table(late)
        )))
    }
}

fn unknown(because: &str) -> Verdict {
    Verdict { rows: RowsCompared::Unknown, witness: None, because: Some(because.to_owned()) }
}

pub(in crate::plan) fn column_seen(program: &Program, line: &Line, name: &str) -> Option<ColumnSeen> {
    let (position, mask) = line.columns.get(name)?;
    let column = program.table(line.table)?.columns.get(*position as usize)?;
    Some(ColumnSeen { name: name.to_owned(), tells: told(program, &column.label), mask: mask.clone() })
}

/// The columns that a line's conditions read, those of entitlements and their rows too.
fn read_by(program: &Program, line: &Line) -> Vec<(TableId, u32)> {
    let own = line.rules.iter().flat_map(|r| r.columns.iter().map(|c| (line.table, *c)));
    own.chain(line.rules.iter().filter_map(|r| asked_of(program, r)).flatten()).collect()
}

/// These with the names that both programs share; the rows of a table have none.
fn named<'n>(common: &'n Common<'_>, all: Vec<(TableId, u32)>) -> impl Iterator<Item = ((TableId, u32), (&'n str, &'n str))> {
    all.into_iter().map(|(table, column)| ((table, column), (common.table(table), common.column_at(table, column))))
}

/// The table and columns that a rule's entitlement is looked up in, and its rows.
fn asked_of(program: &Program, rule: &crate::access::RowRule) -> Option<Vec<(TableId, u32)>> {
    let asked = program.policies.get(rule.policy as usize)?.asks.as_ref()?;
    let entitlement = program.entitlements.get(asked.entitlement as usize)?;
    let by = program.table(entitlement.table)?.columns.iter().position(|c| c.name == entitlement.by);
    let by = by.and_then(|p| u32::try_from(p).ok());
    Some(asked.columns.iter().copied().chain(by).chain([Origin::ROWS]).map(|c| (entitlement.table, c)).collect())
}

/// The conditions of a line over the columns of its table; `None` where one reads a column that is not there.
fn conditions<'p>(common: &Common<'p>, line: &Line) -> Option<Rows<'p>> {
    let program = common.program;
    let row = Ident::exact(Condition::ROW);
    let one = |rule: &crate::access::RowRule| {
        let policy = program.policies.get(rule.policy as usize)?;
        let carried = Carried { policy: rule.policy, roles: Vec::new(), columns: Ok(rule.columns.clone()) };
        let expr = policy.over(program, &carried, line.table, &row)?;
        let entitlement = policy.asks.as_ref().map(|a| program.entitlements.get(a.entitlement as usize));
        let table = entitlement.flatten().map(|e| e.table);
        let scope = [(Ident::exact(Policy::ENTITLED), table), (row.clone(), Some(line.table))];
        let canonical = canon::condition(common, &scope, &expr);
        let asks =
            entitlement.map(|e| e.map_or(String::new(), |e| format!("{} by {}", common.table(e.table), common.column(e.table, &e.by))));
        let mut expr = expr;
        crate::plan::access::rows::common_names(common, &scope, &mut expr);
        Some(Condition { expr, canonical, asks })
    };
    let conditions = line.rules.iter().map(one).collect::<Option<Vec<_>>>()?;
    Some(Rows { program, table: Some(line.table), conditions })
}

/// A condition as it is written, with the names its columns have here where they differ.
fn rule_text(common: &Common<'_>, side: Side<'_>, table: TableId, rule: &crate::access::RowRule) -> Option<String> {
    let policy = side.program.policies.get(rule.policy as usize)?;
    let mut text = crate::access::condition(side.program, side.sources, policy).unwrap_or_else(|written| {
        let scope = [(Ident::exact(Policy::ENTITLED), None)];
        format!("{written} [{}]", canon::digest(&canon::condition(common, &scope, &policy.filter)))
    });
    let pairs =
        policy.columns.iter().zip(&rule.columns).map(|(from, to)| (common.column_at(policy.table, *from), common.column_at(table, *to)));
    let renamed: Vec<String> = pairs.filter(|(from, to)| from != to).map(|(from, to)| format!("{from} is {to}")).collect();
    if !renamed.is_empty() {
        text.push_str(&format!(" ({})", renamed.join(", ")));
    }
    Some(text)
}
