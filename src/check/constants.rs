//! Constants that a column is compared with, by their values: what differs here is equal to no value of the column at once.

use crate::ir::{Literal, Type};

/// A constant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Constant {
    /// Its digits, without zeros that say nothing.
    Number(String),
    Text(String),
    Boolean(bool),
}

/// Every warehouse tells numbers apart that are not longer: a double does (15 digits), and BigQuery's `numeric` (9 of a fraction).
const DIGITS: usize = 15;
const FRACTION: usize = 9;

impl Constant {
    /// What a column of a type is compared with. `None` where constants that read differently may be equal to one value: texts of a length (blanks at the
    /// end), dates, floating numbers, what is converted.
    pub(super) fn of(column: &Type, literal: &Literal) -> Option<Constant> {
        match (column, literal) {
            (Type::SmallInt | Type::Integer | Type::BigInt, Literal::Number(digits)) => {
                number(digits).filter(|n| !n.contains('.')).map(Constant::Number)
            }
            (Type::Numeric(_), Literal::Number(digits)) => number(digits).map(Constant::Number),
            (Type::Text(None), Literal::Text(text)) => Some(Constant::Text(text.to_string())),
            (Type::Boolean, Literal::Boolean(value)) => Some(Constant::Boolean(*value)),
            _ => None,
        }
    }
}

/// `05` and `5.00` are `5`.
fn number(digits: &str) -> Option<String> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.len() > FRACTION || whole.len() + fraction.len() > DIGITS {
        return None;
    }
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}
