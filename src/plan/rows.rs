//! How the rows that a condition lets through compare with those of another condition: the one place that decides it.

use super::report::{RowsCompared, Verdict};
use crate::ir::{Expr, Program, TableId};

/// Which rows: those for which every condition holds; none: all rows.
#[derive(Clone, Debug)]
pub struct Rows<'p> {
    /// The program the conditions belong to.
    pub program: &'p Program,
    /// The table whose rows they are about, where it is one table.
    pub table: Option<TableId>,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// A condition over the columns of a table.
#[derive(Clone, Debug)]
pub struct Condition {
    /// A boolean over the columns of one table, which stand under the alias [`Condition::ROW`], and of an entitlement's row under
    /// [`Policy::ENTITLED`](crate::ir::Policy::ENTITLED). NULL hides the row. In a condition of a body that reads several tables, columns have the
    /// aliases of the body.
    pub expr: Expr,
    /// The same in a form that no name of an alias, place or id changes: equal texts are equal conditions.
    pub canonical: String,
    /// The entitlement it asks, in the same form, with how its table is made: some row of it that names the user makes the condition true.
    pub asks: Option<String>,
}

impl Condition {
    /// The alias of the table's columns.
    pub const ROW: &'static str = "row";
}

/// Compares two sets of rows of what is the same table before and after, its columns computed alike.
///
/// Decides by structure: conditions are compared as wholes. All rows are more than some, and a condition more is rows fewer.
pub fn compare(before: &Rows<'_>, after: &Rows<'_>) -> Verdict {
    let within = |a: &Rows<'_>, b: &Rows<'_>| {
        a.conditions.iter().all(|c| b.conditions.iter().any(|d| c.canonical == d.canonical && c.asks == d.asks))
    };
    let rows = match (within(before, after), within(after, before)) {
        (true, true) => RowsCompared::Equal,
        (true, false) => RowsCompared::Narrower,
        (false, true) => RowsCompared::Wider,
        (false, false) => RowsCompared::Unknown,
    };
    let because = (rows == RowsCompared::Unknown).then(|| "the conditions differ".to_owned());
    Verdict { rows, witness: None, because }
}
