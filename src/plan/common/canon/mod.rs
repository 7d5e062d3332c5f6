//! Bodies in a form that no place, alias, order of declaration or layout changes, and that is the same in both programs: equal texts are equal
//! computations. Asked for some columns only, it leaves out what the others need, so that what changed can be said column by column.

mod asked;
mod expr;
mod query;
mod stated;

pub(in crate::plan) use stated::{Stated, extent, stated, table_behind};

use crate::base::Ident;
use crate::ir::{Cte, Expr, Query, Select, SetExpr, TableId};
use crate::plan::common::names::Common;
use asked::asked_by;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Which output columns, by position; `None`: all.
type Need<'n> = Option<&'n BTreeSet<usize>>;

/// A mask as it is called, without what it is called on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::plan) struct MaskCall {
    /// Its name.
    pub(in crate::plan) name: String,
    /// Its further arguments: names and constants; of what is no constant, its canonical form.
    pub(in crate::plan) args: Vec<(String, String)>,
    /// What tells its definition apart from another one of that name.
    pub(in crate::plan) function: String,
}

/// A body, or what some of its columns need.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::plan) struct Canonical {
    /// The text.
    pub(in crate::plan) text: String,
    /// The masks in it.
    pub(in crate::plan) masks: BTreeSet<MaskCall>,
}

/// A whole body: its columns by position, and its order.
pub(in crate::plan) fn whole(common: &Common<'_>, query: &Query) -> String {
    Writer::new(common).finished(query, None).text
}

/// Which rows a body has, whatever its columns hold.
pub(in crate::plan) fn rows(common: &Common<'_>, query: &Query) -> Canonical {
    Writer::new(common).finished(query, Some(&BTreeSet::new()))
}

/// What a column of a body needs, its rows included.
pub(in crate::plan) fn column(common: &Common<'_>, query: &Query, position: usize) -> Canonical {
    Writer::new(common).finished(query, Some(&BTreeSet::from([position])))
}

/// An output column's own expression, its columns by what they are read from: what is computed per row, whatever rows the block has.
/// `None` where the body is no single block.
pub(in crate::plan) fn item(common: &Common<'_>, query: &Query, position: usize) -> Option<String> {
    let SetExpr::Select(select) = &query.body else { return None };
    let item = select.items.get(position)?;
    let mut writer = Writer::new(common);
    writer.entries.extend(query.with.iter().map(|cte| Entry { cte, scope: 0, open: false }));
    let asked = asked_by([&item.expr]);
    select.from.iter().for_each(|from| writer.read_from(from, &asked));
    writer.out = Canonical::default();
    writer.expr(&item.expr);
    Some(writer.out.text)
}

/// What an expression of a block comes to, whatever else the block reads: its text, and the columns of tables that are in it.
fn value<'q>(common: &Common<'_>, entries: &[Entry<'q>], select: &'q Select, e: &'q Expr) -> (String, BTreeSet<(TableId, Ident)>) {
    let mut writer = Writer::new(common);
    writer.touched = Some(BTreeSet::new());
    writer.entries = entries.to_vec();
    let asked = asked_by([e]);
    select.from.iter().for_each(|from| writer.read_from(from, &asked));
    writer.out = Canonical::default();
    writer.expr(e);
    (writer.out.text, writer.touched.unwrap_or_default())
}

/// A condition over relations that stand under these aliases.
pub(in crate::plan) fn condition(common: &Common<'_>, scope: &[(Ident, Option<TableId>)], e: &Expr) -> String {
    let mut writer = Writer::new(common);
    writer.scope = scope.iter().map(|(alias, table)| Alias { name: alias.clone(), table: *table, source: None }).collect();
    writer.expr(e);
    writer.out.text
}

/// A condition of a body over its own relations, by position in `from`.
pub(in crate::plan) fn filter(common: &Common<'_>, select: &Select, e: &Expr) -> String {
    let mut writer = Writer::new(common);
    select.from.iter().for_each(|item| writer.enter(item));
    writer.expr(e);
    writer.out.text
}

struct Writer<'c, 'q> {
    common: &'c Common<'c>,
    out: Canonical,
    /// Columns of tables that were written, where somebody asks.
    touched: Option<BTreeSet<(TableId, Ident)>>,
    /// Aliases in scope, innermost last, with the table behind: an alias is written as its place here.
    scope: Vec<Alias>,
    /// `with` entries in scope, innermost last, with the length of `scope` where they are declared.
    entries: Vec<Entry<'q>>,
    /// Entries written before, by where they stand and which columns were asked for.
    written: BTreeMap<(usize, usize, Option<Vec<usize>>), Canonical>,
}

/// A name that columns are read by.
struct Alias {
    name: Ident,
    /// The table behind, where its columns have their own names.
    table: Option<TableId>,
    /// What is written instead of its place.
    source: Option<String>,
}

#[derive(Clone)]
struct Entry<'q> {
    cte: &'q Cte,
    scope: usize,
    /// Inside its own recursive query.
    open: bool,
}

/// What of a query is written.
#[derive(Clone, Copy)]
struct Part<'n> {
    need: Need<'n>,
    /// Whether columns have the names that something around reads them by; by position otherwise.
    named: bool,
}

impl<'c, 'q> Writer<'c, 'q> {
    fn new(common: &'c Common<'c>) -> Self {
        Writer { common, out: Canonical::default(), touched: None, scope: Vec::new(), entries: Vec::new(), written: BTreeMap::new() }
    }

    fn finished(mut self, query: &'q Query, need: Need<'_>) -> Canonical {
        self.query(query, Part { need, named: false });
        self.out
    }

    fn put(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    /// A text whose end cannot be mistaken, whatever it holds.
    fn quoted(&mut self, text: &str) {
        let _ = write!(self.out.text, "{}:{text} ", text.len());
    }
}

/// Lower-case hex SHA-256: texts of unequal length in little space, and nobody can make two that are equal.
pub(in crate::plan) fn digest(text: &str) -> String {
    crate::base::digest(text)
}
