//! What must hold: assertions of tables, tests of access, freshness.

use crate::base::Span;
use crate::ir::{AccessAsked, AssertionKind, Literal, Program, SetExpr, SourceTable, Table, TableKind};
use crate::plan::access::Both;
use crate::plan::common::canon;
use crate::plan::common::names::Common;
use crate::plan::common::words::{by_name, causes, differs};
use crate::plan::report::{Change, Detail, Edit, Which};
use std::collections::BTreeMap;

/// Everything that changed about what is tested, of tables that are on both sides.
pub(in crate::plan) fn tests(both: &Both<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        let Some(was) = both.pairs.base_of(id).and_then(|b| both.base.program.table(b)) else { continue };
        let name = both.pairs.head.table(id);
        by_name(assertions(&both.pairs.base, was), assertions(&both.pairs.head, table), |edit, assertion, before, after| {
            let text = |a: &Option<(String, String, Span)>| a.as_ref().map_or(String::new(), |a| a.1.clone());
            if before.as_ref().map(|a| &a.0) == after.as_ref().map(|a| &a.0) {
                return;
            }
            let details = differs("asserts", text(&before), text(&after)).into_iter().collect();
            let at = (before.map(|a| a.2), after.map(|a| a.2));
            found.push(change(both, edit, ("assertion", format!("{name}.{assertion}")), details, at));
        });
        if let (TableKind::Source(a), TableKind::Source(b)) = (&was.kind, &table.kind)
            && let Some(detail) = differs("freshness", fresh(a), fresh(b))
        {
            let edit = match (a.freshness.is_some(), b.freshness.is_some()) {
                (false, _) => Edit::Added,
                (_, false) => Edit::Removed,
                _ => Edit::Changed,
            };
            found.push(change(both, edit, ("freshness", name.to_owned()), vec![detail], (Some(was.at), Some(table.at))));
        }
    }
    found.extend(access_tests(both));
    found.extend(unit_tests(both));
    found.sort_by(|a, b| (a.edit, &a.kind, &a.name).cmp(&(b.edit, &b.kind, &b.name)));
    found
}

/// A change of a declaration, with its places on both sides.
pub(in crate::plan) fn change(
    both: &Both<'_>,
    edit: Edit,
    (kind, name): (&str, String),
    details: Vec<Detail>,
    (was, is): (Option<Span>, Option<Span>),
) -> Change {
    let mut caused_by = causes(Which::Base, both.base, was);
    caused_by.extend(causes(Which::Head, both.head, is));
    Change { edit, kind: kind.to_owned(), name, details, caused_by }
}

/// By name: what tells it apart, what it says, and where.
fn assertions(common: &Common<'_>, table: &Table) -> BTreeMap<String, (String, String, Span)> {
    let mut all: BTreeMap<String, (String, String, Span)> = BTreeMap::new();
    for assertion in &table.assertions {
        let (canonical, text) = asserted(common, table, &assertion.kind);
        let warn = if assertion.warn { " (warns)" } else { "" };
        // Several of one name are one for this.
        let entry = all.entry(assertion.name.to_string()).or_insert_with(|| (String::new(), String::new(), assertion.at));
        entry.0.push_str(&format!("{canonical}{warn};"));
        entry.1 = if entry.1.is_empty() { format!("{text}{warn}") } else { format!("{}; {text}{warn}", entry.1) };
    }
    all
}

fn asserted(common: &Common<'_>, table: &Table, kind: &AssertionKind) -> (String, String) {
    let name = |p: &u32| table.columns.get(*p as usize).map_or("", |c| c.name.as_str()).to_owned();
    let names = |all: &[u32]| all.iter().map(&name).collect::<Vec<_>>().join(", ");
    let text = match kind {
        AssertionKind::NotNull(c) => format!("not_null({})", name(c)),
        AssertionKind::Unique(all) => format!("unique({})", names(all)),
        AssertionKind::OneOf(c, values) => format!("{} one_of ({})", name(c), values.iter().map(constant).collect::<Vec<_>>().join(", ")),
        AssertionKind::References(c, other, column) => {
            format!("{} references {}.{}", name(c), common.table(*other), common.column_at(*other, *column))
        }
        AssertionKind::Matches(c, pattern) => format!("{} matches {pattern:?}", name(c)),
        AssertionKind::Between(c, low, high) => format!("{} between {} and {}", name(c), constant(low), constant(high)),
        AssertionKind::KAnonymous(k, all) => format!("k_anonymous({k}, {})", names(all)),
        AssertionKind::Sql(query) => {
            let canonical = canon::digest(&canon::whole(common, query));
            let filter = if let SetExpr::Select(select) = &query.body { select.filter.as_ref() } else { None };
            let text = match filter.and_then(|f| crate::predicate::text(common.program, f)) {
                Some(condition) => format!("no row where {condition}"),
                None => format!("a query without rows ({})", canonical.get(..8).unwrap_or("")),
            };
            return (canonical, text);
        }
    };
    (text.clone(), text)
}

fn constant(literal: &Literal) -> String {
    match literal {
        Literal::Number(n) => n.to_string(),
        Literal::Text(t) => format!("{t:?}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn fresh(source: &SourceTable) -> String {
    let Some(f) = &source.freshness else { return String::new() };
    let minutes = |word: &str, m: Option<u32>| m.map_or(String::new(), |m| format!(", {word} after {m} minutes"));
    format!("by {}{}{}", f.by, minutes("warn", f.warn_minutes), minutes("error", f.error_minutes))
}

/// Sentences of tests about access: each is what it says.
fn access_tests(both: &Both<'_>) -> Vec<Change> {
    let all = |p: &Program| -> BTreeMap<String, Span> {
        let one = |t: &crate::ir::AccessTest| {
            let path: Vec<&str> = t.path.iter().map(crate::base::Ident::as_str).collect();
            let can = if t.can { "can" } else { "cannot" };
            let asked = asked(p, &t.about);
            (format!("{}: role {} {can} {} {}{asked}", t.title, t.role, t.verb.name(), path.join(".")), t.at)
        };
        p.access_tests.iter().map(one).collect()
    };
    let mut found = Vec::new();
    by_name(all(both.base.program), all(both.head.program), |edit, name, was, is| {
        if edit != Edit::Changed {
            found.push(change(both, edit, ("test", name), Vec::new(), (was, is)));
        }
    });
    found
}

/// What such a sentence asks beside who and what. A condition that is not written out is told by its digest.
fn asked(program: &Program, about: &AccessAsked) -> String {
    match about {
        AccessAsked::Any | AccessAsked::Unread => String::new(),
        AccessAsked::Masked(by) => format!(" masked by {by}"),
        AccessAsked::Rows(rows) => {
            let only = if rows.only { " only" } else { "" };
            let text = crate::predicate::text(program, &rows.filter).unwrap_or_else(|| canon::digest(&format!("{:?}", rows.filter.kind)));
            format!("{only} where {text}")
        }
    }
}

/// Tests of what models make of given rows.
fn unit_tests(both: &Both<'_>) -> Vec<Change> {
    let rows = |common: &Common<'_>, all: &[crate::ir::TestRows]| {
        let cell = |t: &crate::ir::TestRows, (p, e): &(u32, crate::ir::Expr)| {
            format!("{} = {}", common.column_at(t.table, *p), canon::condition(common, &[], e))
        };
        let row = |t: &crate::ir::TestRows, row: &Vec<(u32, crate::ir::Expr)>| {
            let mut cells: Vec<String> = row.iter().map(|c| cell(t, c)).collect();
            cells.sort();
            cells.join(" ")
        };
        let one = |t: &crate::ir::TestRows| {
            let rows: Vec<String> = t.rows.iter().map(|r| row(t, r)).collect();
            format!("{}: {} rows, {}", common.table(t.table), rows.len(), canon::digest(&rows.join(";")).get(..8).unwrap_or(""))
        };
        let mut said: Vec<String> = all.iter().map(one).collect();
        said.sort();
        said.join("; ")
    };
    let all = |common: &Common<'_>| -> BTreeMap<String, ([String; 3], Span)> {
        let one = |t: &crate::ir::UnitTest| {
            let day = t.run_date.as_deref().unwrap_or("").to_owned();
            (t.title.to_string(), ([day, rows(common, &t.given), rows(common, &t.expect)], t.at))
        };
        common.program.unit_tests.iter().map(one).collect()
    };
    let mut found = Vec::new();
    by_name(all(&both.pairs.base), all(&both.pairs.head), |edit, name, was, is| {
        let details: Vec<Detail> = match (&was, &is) {
            (Some((before, _)), Some((after, _))) => {
                let parts = ["run date", "given", "expect"].into_iter().zip(before.iter().zip(after));
                parts.filter_map(|(what, (b, a))| differs(what, b.as_str(), a.as_str())).collect()
            }
            _ => Vec::new(),
        };
        if edit != Edit::Changed || !details.is_empty() {
            found.push(change(both, edit, ("unit test", name), details, (was.map(|w| w.1), is.map(|i| i.1))));
        }
    });
    found
}
