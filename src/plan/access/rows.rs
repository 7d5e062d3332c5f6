//! How the rows that a condition lets through compare with those of another condition: the one place that decides it.

use crate::base::Ident;
use crate::ir::{Expr, ExprKind, Policy, Program, TableId, operands_mut};
use crate::plan::common::names::Common;
use crate::plan::report::{RowsCompared, Verdict};
use crate::predicate::{self, Side};

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

/// Columns under the names that both programs share, found by the tables behind the aliases.
pub(in crate::plan) fn common_names(common: &Common<'_>, scope: &[(Ident, Option<TableId>)], e: &mut Expr) {
    if let ExprKind::Column { relation, name } = &mut e.kind
        && let Some((_, Some(table))) = scope.iter().find(|(alias, _)| alias == relation)
    {
        *name = common.column(*table, name).clone();
    }
    operands_mut(e, &mut |inner| common_names(common, scope, inner));
}

/// Compares two sets of rows of what is the same table before and after, its columns computed alike and under the same names.
///
/// What both sides say is left out of the question; the rest is decided by [`predicate`]. Where a part is not understood, what is sure is said:
/// rows that are surely not gained leave [`RowsCompared::Narrower`], with what is open in `because`.
pub fn compare(before: &Rows<'_>, after: &Rows<'_>) -> Verdict {
    let (old, new) = (rules(before), rules(after));
    let found = predicate::compare(&old, &new);
    let (rows, witness) = match (&found.gained, &found.lost) {
        (Side::None, Side::None) => (RowsCompared::Equal, None),
        (gained, Side::None) => (RowsCompared::Wider, gained.witness()),
        (Side::None, lost) => (RowsCompared::Narrower, lost.witness()),
        (Side::Some(witness), Side::Some(_)) => (RowsCompared::Incomparable, Some(witness)),
        (gained, lost) => (RowsCompared::Unknown, gained.witness().or(lost.witness())),
    };
    let open = |side: &Side, what: &str| match side {
        Side::Perhaps(_, why) => Some(format!("{what}: {why}")),
        _ => None,
    };
    let because: Vec<String> =
        open(&found.gained, "perhaps more rows").into_iter().chain(open(&found.lost, "perhaps fewer rows")).collect();
    Verdict { rows, witness: witness.map(ToString::to_string), because: (!because.is_empty()).then(|| because.join("; ")) }
}

fn rules(rows: &Rows<'_>) -> predicate::Rows {
    let row = Ident::exact(Condition::ROW);
    let rule = |c: &Condition| {
        let asks = c.asks.as_ref().map(|identity| predicate::Lookup {
            identity: identity.clone(),
            name: Policy::ENTITLED.to_owned(),
            by: None,
            single: false,
        });
        let known = Some(format!("{}\n{}", c.canonical, c.asks.as_deref().unwrap_or_default()));
        predicate::Rule { condition: predicate::Condition::read(rows.program, &c.expr, &row, asks.is_some()), asks, known }
    };
    predicate::Rows { rules: rows.conditions.iter().map(rule).collect() }
}
