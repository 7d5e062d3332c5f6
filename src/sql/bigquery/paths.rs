//! JSON paths: `json_query` and `json_value` take what is known when compiling; the rest works on arrays of elements.

use super::super::json;
use super::super::printer::{Printed, Printer};
use crate::base::Span;
use crate::ir::{Dialect, Expr, JsonCondition, JsonStep, Type};

/// A path, as JSON or as the text of a scalar.
pub(super) fn path(printer: &mut Printer<'_>, base: &Expr, steps: &[JsonStep], scalar: bool) -> Printed {
    let known = steps.iter().rev().take_while(|step| is_known(step)).count();
    let (before, tail) = steps.split_at(steps.len() - known);
    if tail.is_empty() {
        if scalar {
            printer.text("json_value(");
            last(printer, base, before)?;
            printer.text(")");
            return Ok(());
        }
        return last(printer, base, before);
    }
    printer.text(if scalar { "json_value(" } else { "json_query(" });
    last(printer, base, before)?;
    printer.text(", ");
    let path = json::path(printer, tail, None, base.at)?;
    printer.quote(&path);
    printer.text(")");
    Ok(())
}

/// Whether a step can stand in a path text. A name with a quote or backslash can't: nothing says how it would be escaped there.
fn is_known(step: &JsonStep) -> bool {
    match step {
        JsonStep::Field(name) => !name.contains(['"', '\\', '\'']) && !name.chars().any(char::is_control),
        JsonStep::Index(index) => *index >= 0,
        JsonStep::Pick { .. } | JsonStep::Computed(_) => false,
    }
}

/// Steps of which the last is no part of a path text.
fn last(printer: &mut Printer<'_>, base: &Expr, steps: &[JsonStep]) -> Printed {
    let Some((step, before)) = steps.split_last() else { return printer.whole(base) };
    match step {
        JsonStep::Pick { conditions, index } => {
            printer.text("(select element from unnest(");
            elements(printer, base, before)?;
            printer.text(") as element with offset as place where ");
            for (i, condition) in conditions.iter().enumerate() {
                printer.text(if i > 0 { " and " } else { "" });
                one(printer, condition, base.at)?;
            }
            printer.text(" order by place limit 1");
            printer.text(&if *index > 0 { format!(" offset {index})") } else { ")".to_owned() });
        }
        JsonStep::Index(index) => {
            printer.text("array_reverse(");
            elements(printer, base, before)?;
            printer.text(&format!(")[safe_offset({})]", index.unsigned_abs().saturating_sub(1)));
        }
        JsonStep::Field(name) => {
            operand(printer, base, before)?;
            printer.text("[");
            printer.quote(name);
            printer.text("]");
        }
        JsonStep::Computed(key) if matches!(key.ty, Type::Text(_)) => {
            operand(printer, base, before)?;
            printer.text("[");
            printer.whole(key)?;
            printer.text("]");
        }
        JsonStep::Computed(key) => return printer.gap("a computed index into JSON", key.at),
    }
    Ok(())
}

fn operand(printer: &mut Printer<'_>, base: &Expr, before: &[JsonStep]) -> Printed {
    if before.is_empty() { printer.operand(base) } else { path(printer, base, before, false) }
}

/// `json_query_array(base, '$.telecom')`
fn elements(printer: &mut Printer<'_>, base: &Expr, steps: &[JsonStep]) -> Printed {
    let known = steps.iter().rev().take_while(|step| is_known(step)).count();
    let (before, tail) = steps.split_at(steps.len() - known);
    printer.text("json_query_array(");
    last(printer, base, before)?;
    if !tail.is_empty() {
        printer.text(", ");
        let path = json::path(printer, tail, None, base.at)?;
        printer.quote(&path);
    }
    printer.text(")");
    Ok(())
}

/// `json_value(element, '$.system') = 'phone'`
fn one(printer: &mut Printer<'_>, condition: &JsonCondition, at: Span) -> Printed {
    let field = [JsonStep::Field(condition.field.clone())];
    if !field.iter().all(is_known) {
        return printer.gap("a condition on a field with this name", at);
    }
    let path = json::path(printer, &field, None, at)?;
    let path = super::super::literal::text(&path, Dialect::BigQuery);
    // Only a text equals a text: `'5'` is not the number 5.
    let like_another = condition.equals.parse::<f64>().is_ok() || ["true", "false"].contains(&&*condition.equals);
    let (field, equals) = if like_another {
        (format!("to_json_string(json_query(element, {path}))"), json::quoted(&condition.equals))
    } else {
        (format!("json_value(element, {path})"), condition.equals.to_string())
    };
    printer.guarded(&field);
    printer.text(if condition.negated { " is distinct from " } else { " = " });
    printer.quote(&equals);
    Ok(())
}
