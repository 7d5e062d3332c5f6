//! DuckDB: PostgreSQL's grammar, JSON through functions (its `->` binds like a lambda's arrow). Its decimals have 38 digits and the scale of
//! where they come from; joining two in a `case` may drop places, so every numeric that is not declared narrower has twelve.

use super::formats;
use super::json;
use super::pattern;
use super::printer::{Printed, Printer};
use super::spelling::{NullsGo, Spelling};
use crate::base::Span;
use crate::ir::{
    Expr, ExprKind, FromItem, Function, FunctionKind, JoinKind, JsonAccess, JsonStep, Literal, Program, Relation, Type, find, query_of,
};

/// Places of a numeric without declared scale.
const PLACES: i16 = 12;

pub(super) struct DuckDb;

impl Spelling for DuckDb {
    fn type_name(&self, ty: &Type) -> String {
        match ty {
            // A bare `decimal` would be decimal(18, 3).
            Type::Numeric(None) => format!("decimal(38, {PLACES})"),
            Type::Numeric(Some((p, s))) => format!("decimal({p}, {s})"),
            Type::Double => "double".into(),
            Type::Bytea => "blob".into(),
            Type::Json(_) => "json".into(),
            Type::Array(of) => format!("{}[]", self.type_name(of)),
            _ => ty.to_string(),
        }
    }

    fn grouping(&self, printer: &mut Printer<'_>, keys: &[Expr], _at: Span) -> Printed {
        printer.name_and_list("grouping", keys)
    }

    fn nulls_go(&self) -> NullsGo {
        NullsGo::Last
    }

    fn has_qualify(&self) -> bool {
        true
    }

    fn has_exclude(&self) -> bool {
        true
    }

    fn like_escapes(&self) -> bool {
        false
    }

    fn sorts_distinct(&self) -> bool {
        false
    }

    fn join_lacks(
        &self,
        printer: &Printer<'_>,
        kind: JoinKind,
        _left: &FromItem,
        _right: &FromItem,
        on: Option<&Expr>,
    ) -> Option<&'static str> {
        let outer = matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full);
        // `= any (array)` is a subquery there; the library writes it, too.
        let any = |e: &Expr| match &e.kind {
            ExprKind::Call { function, .. } => printer.program.function(*function).is_some_and(|f| &*f.name == "array_contains"),
            kind => matches!(kind, ExprKind::Quantified(_)),
        };
        let asks = |e: &Expr| query_of(e).is_some() || any(e);
        (outer && on.is_some_and(|on| find(on, &asks).is_some())).then_some("a subquery or `any` in the condition of an outer join")
    }

    fn cast(&self, printer: &mut Printer<'_>, operand: &Expr, ty: &Type) -> Printed {
        match conversion(operand, ty) {
            Conversion::Plain => printer.plain_cast(operand, ty),
            Conversion::Around(before, after) => {
                printer.text(before);
                printer.whole(operand)?;
                printer.text(&after);
                Ok(())
            }
            Conversion::Missing => printer.gap(format!("a cast from {} to {ty}", operand.ty), operand.at),
        }
    }

    fn typed_text(&self, printer: &mut Printer<'_>, text: &str, ty: &Type, _at: crate::base::Span) -> Printed {
        let word = match ty {
            Type::Date => "date ",
            Type::Timestamp => "timestamp ",
            Type::Timestamptz => "timestamptz ",
            Type::Interval => "interval ",
            _ => "",
        };
        printer.text(word);
        printer.quote(text);
        Ok(())
    }

    fn typed_number(&self, digits: &str, ty: &Type) -> Option<String> {
        // DuckDB reads an exponent as a double's.
        let exact = matches!(ty, Type::Numeric(_)) && digits.contains(['e', 'E']);
        exact.then(|| format!("cast('{digits}' as {})", self.type_name(&Type::Numeric(None))))
    }

    fn arguments(&self, function: &Function, args: &[Expr]) -> Result<Option<Vec<Expr>>, String> {
        let mut own = args.to_vec();
        for (param, arg) in function.params.iter().zip(&mut own) {
            let translate: fn(&str) -> Result<String, String> = match &*param.name {
                "format" if matches!(&*function.name, "to_char" | "to_date") => formats::strftime,
                "pattern" => pattern::re2,
                _ => continue,
            };
            if matches!(arg.kind, ExprKind::Literal(Literal::Null)) {
                continue;
            }
            let ExprKind::Literal(Literal::Text(text)) = &arg.kind else {
                return Err(format!("`{}` with a {} that is not constant", function.name, param.name));
            };
            let text = translate(text).map_err(|what| format!("{what} of `{}`", function.name))?;
            arg.kind = ExprKind::Literal(Literal::Text(text.into()));
        }
        Ok(Some(own))
    }

    fn kept_as(&self, program: &Program, function: &Function, args: &[Expr]) -> Option<Type> {
        let product = function.kind == FunctionKind::Operator && &*function.name == "*" && matches!(function.result, Type::Numeric(_));
        let places: i16 = args.iter().map(|arg| places(program, arg)).sum();
        (product && places > PLACES).then_some(Type::Numeric(None))
    }

    fn own_body(&self, function: &Function, args: &[Expr]) -> Option<&'static str> {
        // A constant that is not zero needs no guard.
        let [_, divisor] = args else { return None };
        let ExprKind::Literal(Literal::Number(digits)) = &divisor.kind else { return None };
        if function.kind != FunctionKind::Operator || !digits.contains(|c: char| ('1'..='9').contains(&c)) || digits.contains(['e', 'E']) {
            return None;
        }
        match (&*function.name, &function.result) {
            // Only counts and lengths, which DuckDB keeps as bigint, need a cast.
            ("+", Type::Date) => Some("{a} + {b}"),
            ("-", Type::Date) => Some("{a} - {b}"),
            ("/", Type::SmallInt | Type::Integer | Type::BigInt) => Some("{a} // {b}"),
            ("/", Type::Real | Type::Double) => Some("{a} / {b}"),
            ("/", Type::Numeric(_)) => Some("pipec.to_numeric({a} / {b})"),
            ("%", _) => Some("{a} % {b}"),
            _ => None,
        }
    }

    fn json(&self, printer: &mut Printer<'_>, access: &JsonAccess, ty: &Type) -> Printed {
        let cast = access.scalar && !matches!(ty, Type::Text(None) | Type::Unknown);
        printer.text(if cast { "cast(" } else { "" });
        steps(printer, &access.base, &access.steps, access.scalar)?;
        if cast {
            printer.text(" as ");
            printer.text(&self.type_name(ty));
            printer.text(")");
        }
        Ok(())
    }

    fn unnest(&self, printer: &mut Printer<'_>, relation: &Relation, expr: &Expr, ordinality: bool) -> Printed {
        printer.text("unnest(");
        match (&expr.ty, relation.columns.first().map(|c| &c.ty)) {
            (Type::Json(_), element) => {
                let scalar = element.filter(|t| !matches!(t, Type::Json(_)));
                let cast = scalar.filter(|t| !matches!(t, Type::Text(None)));
                printer.text(if cast.is_some() { "cast(" } else { "" });
                // JSON's own null is an element; as a text it is NULL.
                printer.wrap(if scalar.is_some() { "pipec.json_texts" } else { "pipec.json_elements" }, expr)?;
                if let Some(ty) = cast {
                    printer.text(&format!(" as {}[])", self.type_name(ty)));
                }
            }
            _ => printer.whole(expr)?,
        }
        printer.text(if ordinality { ") with ordinality" } else { ")" });
        printer.alias_and_columns(relation);
        Ok(())
    }
}

/// `json_extract(base, '$.name[0]')`; a step with a condition filters the elements of what is before it.
fn steps(printer: &mut Printer<'_>, base: &Expr, all: &[JsonStep], text: bool) -> Printed {
    let picked = all.iter().rposition(|step| matches!(step, JsonStep::Pick { .. } | JsonStep::Computed(_)));
    let (before, after) = all.split_at(picked.map_or(0, |i| i + 1));
    let extracts = text || !after.is_empty() || picked.is_none();
    if extracts {
        printer.text(if text { "json_extract_string(" } else { "json_extract(" });
    }
    match before.split_last() {
        Some((JsonStep::Pick { conditions, index }, before)) => {
            printer.text("list_filter(json_extract(");
            if before.is_empty() {
                printer.whole(base)?
            } else {
                steps(printer, base, before, false)?
            }
            printer.text(", '$[*]'), lambda element: ");
            for (i, condition) in conditions.iter().enumerate() {
                printer.text(if i > 0 { " and json_extract(element, " } else { "json_extract(element, " });
                let field = json::path(printer, &[JsonStep::Field(condition.field.clone())], None, base.at)?;
                printer.quote(&field);
                printer.text(if condition.negated { ") is distinct from " } else { ") = " });
                printer.quote(&json::quoted(&condition.equals));
            }
            // Lists count from 1.
            printer.text(&format!(")[{}]", index + 1));
        }
        Some((JsonStep::Computed(key), before)) => {
            // A key is no path: it may hold any sign.
            let place = matches!(key.ty, Type::SmallInt | Type::Integer | Type::BigInt);
            printer.text(if place { "json_extract(" } else { "try_cast(" });
            if before.is_empty() {
                printer.whole(base)?
            } else {
                steps(printer, base, before, false)?
            }
            printer.text(if place { ", " } else { " as map(varchar, json))[" });
            printer.whole(key)?;
            printer.text(if place { ")" } else { "]" });
        }
        _ => printer.whole(base)?,
    }
    if extracts {
        let path = json::path(printer, after, Some("#"), base.at)?;
        printer.text(", ");
        printer.quote(&path);
        printer.text(")");
    }
    Ok(())
}

/// How a value changes type.
enum Conversion {
    Plain,
    Around(&'static str, String),
    Missing,
}

fn conversion(operand: &Expr, ty: &Type) -> Conversion {
    use Conversion::{Around, Missing, Plain};
    if matches!(ty, Type::Vector(_)) {
        return Missing;
    }
    if matches!(operand.kind, ExprKind::Literal(_)) && !matches!(ty, Type::Text(Some(_))) {
        return Plain;
    }
    match (&operand.ty, ty) {
        (_, Type::Text(length)) => match length {
            Some(length) if matches!(operand.ty, Type::Text(_) | Type::Unknown) => Around("left(", format!(", {length})")),
            Some(_) => Missing,
            None => text_of(&operand.ty),
        },
        // DuckDB would round `1.5` and read `1e3`.
        (Type::Text(_), Type::SmallInt | Type::Integer | Type::BigInt) => {
            Around("cast(pipec.whole_number(", format!(") as {})", DuckDb.type_name(ty)))
        }
        (Type::Double, Type::Numeric(None)) => Around("pipec.to_numeric(", ")".into()),
        (Type::Double, Type::Numeric(Some(_))) => Around("cast(pipec.to_numeric(", format!(") as {})", DuckDb.type_name(ty))),
        // No session setting decides: moments are read in UTC.
        (Type::Timestamptz, Type::Timestamp) => Around("timezone('UTC', ", ")".into()),
        (Type::Timestamptz, Type::Date | Type::Time) => Around("cast(timezone('UTC', ", format!(") as {})", DuckDb.type_name(ty))),
        (Type::Timestamp, Type::Timestamptz) => Around("timezone('UTC', ", ")".into()),
        (Type::Date, Type::Timestamptz) => Around("timezone('UTC', cast(", " as timestamp))".into()),
        (Type::Text(_) | Type::Unknown, Type::Timestamptz | Type::Array(_) | Type::Bytea)
        | (Type::Real, Type::Numeric(_))
        | (Type::Json(_), Type::Boolean | Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double) => {
            Missing
        }
        _ => Plain,
    }
}

/// What a value's text is, where DuckDB shows it as PostgreSQL does.
fn text_of(from: &Type) -> Conversion {
    match from {
        Type::Double => Conversion::Around("pipec.double_text(", ")".into()),
        Type::Timestamptz => Conversion::Around("(cast(timezone('UTC', ", ") as varchar) || '+00')".into()),
        Type::Numeric(None) | Type::Real | Type::Interval | Type::Json(_) | Type::Array(_) | Type::Bytea => Conversion::Missing,
        _ => Conversion::Plain,
    }
}

/// Places behind the point that DuckDB gives an expression's decimals, at most.
fn places(program: &Program, expr: &Expr) -> i16 {
    match (&expr.ty, &expr.kind) {
        (Type::SmallInt | Type::Integer | Type::BigInt, _) => 0,
        (_, ExprKind::Literal(Literal::Number(digits))) if !digits.contains(['e', 'E']) => {
            digits.split_once('.').map_or(0, |(_, fraction)| i16::try_from(fraction.len()).unwrap_or(i16::MAX / 4))
        }
        (Type::Numeric(Some((_, scale))), _) => *scale,
        (_, ExprKind::Operator { function, args }) => {
            let each = args.iter().map(|arg| places(program, arg));
            match program.function(*function).map_or("", |f| &f.name) {
                "+" | "-" => each.max().unwrap_or(PLACES),
                "*" => each.sum::<i16>().min(PLACES),
                _ => PLACES,
            }
        }
        (_, ExprKind::Release(inner, _)) => places(program, inner),
        _ => PLACES,
    }
}
