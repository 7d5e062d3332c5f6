//! Casts whose plain form would read, round or write otherwise than PostgreSQL's.

use super::super::printer::{Printed, Printer};
use crate::ir::{Expr, ExprKind, Literal, Type};

/// What BigQuery's own types hold of `numeric(p, s)`.
const WHOLE_DIGITS: i32 = 29;
const PLACES: i16 = 9;

/// `numeric(10, 2)`, or `bignumeric` where NUMERIC would lose digits.
pub(super) fn numeric(size: Option<(u16, i16)>) -> String {
    match size {
        None => "bignumeric".into(),
        Some((p, s)) if (0..=PLACES).contains(&s) && i32::from(p) - i32::from(s) <= WHOLE_DIGITS => format!("numeric({p}, {s})"),
        Some((p, s)) if (0..=38).contains(&s) && i32::from(p) - i32::from(s) <= 38 => format!("bignumeric({p}, {s})"),
        Some(_) => "bignumeric".into(),
    }
}

/// How an operand becomes a type.
enum Conversion {
    /// `cast(x as t)`
    Plain,
    /// Between these two texts.
    Around(String, String),
    /// There is none that means the same.
    Missing,
}

fn around(before: &str, after: impl Into<String>) -> Conversion {
    Conversion::Around(before.to_owned(), after.into())
}

fn conversion(from: &Type, to: &Type) -> Conversion {
    let whole = |ty: &Type| matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt);
    match (from, to) {
        (_, Type::Real) if *from != Type::Real => Conversion::Missing,
        (_, Type::Text(Some(length))) => match conversion(from, &Type::TEXT) {
            Conversion::Plain if matches!(from, Type::Text(_) | Type::Unknown) => around("left(", format!(", {length})")),
            Conversion::Plain => around("left(cast(", format!(" as string), {length})")),
            Conversion::Around(before, after) => around(&format!("left({before}"), format!("{after}, {length})")),
            Conversion::Missing => Conversion::Missing,
        },
        // PostgreSQL writes the zeros of the scale; where the scale is unknown, nobody can.
        (Type::Numeric(Some((_, places))), Type::Text(_)) if *places >= 0 => around(&format!("format('%.{places}f', "), ")"),
        (Type::Numeric(_) | Type::Real | Type::Interval | Type::Bytea | Type::Json(_) | Type::Array(_), Type::Text(_)) => {
            Conversion::Missing
        }
        (Type::Timestamptz, Type::Text(_)) => around("format_timestamp('%E4Y-%m-%d %H:%M:%E*S+00', ", ", 'UTC')"),
        (Type::Timestamp, Type::Text(_)) => around("format_datetime('%E4Y-%m-%d %H:%M:%E*S', ", ")"),
        (Type::Time, Type::Text(_)) => around("format_time('%H:%M:%E*S', ", ")"),
        // Halves go to the even neighbour there.
        (Type::Real | Type::Double, to) if whole(to) => around("cast(round(cast(", " as bignumeric), 0, 'ROUND_HALF_EVEN') as int64)"),
        // Fifteen digits of it count there.
        (Type::Double | Type::Real, Type::Numeric(size)) => around("cast(format('%.15g', ", format!(") as {})", numeric(*size))),
        (Type::Text(_) | Type::Unknown, Type::Json(_)) => around("parse_json(", ")"),
        (_, Type::Vector(_)) | (Type::Vector(_), _) | (Type::Text(_) | Type::Unknown, Type::Uuid | Type::Interval | Type::Bytea) => {
            Conversion::Missing
        }
        (_, Type::Numeric(Some((p, s)))) if *s < 0 || i32::from(*p) - i32::from(*s) > 38 || *s > 38 => Conversion::Missing,
        _ => Conversion::Plain,
    }
}

/// `cast(operand as ty)`
pub(super) fn cast(printer: &mut Printer<'_>, operand: &Expr, ty: &Type) -> Printed {
    if matches!(operand.kind, ExprKind::Literal(Literal::Null)) {
        return printer.plain_cast(operand, ty);
    }
    match conversion(&operand.ty, ty) {
        Conversion::Plain => printer.plain_cast(operand, ty),
        Conversion::Around(before, after) => {
            printer.text(&before);
            printer.whole(operand)?;
            printer.text(&after);
            Ok(())
        }
        Conversion::Missing => printer.gap(format!("a cast from {} to {ty}", operand.ty), operand.at),
    }
}

/// A text constant of a type that context gave it: its own literal, in the one form GoogleSQL reads.
pub(super) fn typed_text(printer: &mut Printer<'_>, text: &str, ty: &Type, at: crate::base::Span) -> Printed {
    let word = match ty {
        Type::Date => "date ",
        Type::Time => "time ",
        Type::Timestamp => "datetime ",
        Type::Timestamptz => "timestamp ",
        Type::Json(_) => "json ",
        Type::Interval | Type::Bytea => return printer.gap(format!("a constant of type {ty} in this form"), at),
        _ => "",
    };
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"-:. +TZ".contains(&b)) && text.len() >= 5;
    if !word.is_empty() && !matches!(ty, Type::Json(_)) && !plain {
        return printer.gap(format!("`{text}` as {ty}"), at);
    }
    printer.text(word);
    printer.quote(text);
    Ok(())
}
