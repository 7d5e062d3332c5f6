use super::formula::{Formula, Variable, What};
use super::read::Reading;
use crate::base::Ident;
use crate::ir::{Dialect, Expr, Program};

/// A condition that can be compared with others, apart from the program it was read from.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    pub(super) formula: Formula,
    pub(super) variables: Vec<Variable>,
}

/// A condition as SQL, with all that decides what it means: no place in a source text can say less. `None` where a part of it (a query, an
/// aggregate) is not written out.
pub fn text(program: &Program, filter: &Expr) -> Option<String> {
    let name = super::name::Name::of(program, false, "", filter);
    (!name.alone).then_some(name.text)
}

impl Condition {
    /// Reads a boolean expression over a row, whose columns under the alias `row` go by their bare names. With `asks`, columns under
    /// [`Policy::ENTITLED`](crate::ir::Policy::ENTITLED) are those of an entitlement's row.
    pub fn read(program: &Program, filter: &Expr, row: &Ident, asks: bool) -> Condition {
        let dialect = program.project.warehouse.as_ref().map_or(Dialect::Postgres, |w| w.dialect);
        let mut reading = Reading { program, dialect, row: row.as_str(), asks, variables: Vec::new(), cases: 0 };
        let formula = reading.formula(filter);
        Condition { formula, variables: reading.variables }
    }

    /// Whether every row passes, or none, whatever it holds: `Some(true)`, `Some(false)`.
    pub fn constant(&self) -> Option<bool> {
        match self.formula {
            Formula::Constant(truths) if truths.decided() => Some(truths == super::formula::Truths::TRUE),
            _ => None,
        }
    }
}

impl Variable {
    /// Whether nothing stops it from holding any value of its sort.
    pub(super) fn is_free(&self) -> bool {
        !matches!(self.what, What::Opaque(_))
    }

    /// Whether it belongs to the entitlement's row.
    pub(super) fn is_entitled(&self) -> bool {
        match &self.what {
            What::Entitled(_) => true,
            What::Column(_) => false,
            What::Opaque(name) => name.entitled,
        }
    }
}
