//! Paths into JSON, in the two shapes dialects have: PostgreSQL's arrows and JSON path texts.

use super::printer::{Printed, Printer};
use crate::base::Span;
use crate::ir::{Expr, JsonCondition, JsonStep, Type};
use std::fmt::Write;

/// What is unnested. In a document that has `null` where an array is declared there are no elements; PostgreSQL would stop, and SQLite find one.
pub(super) fn elements_of(printer: &mut Printer<'_>, array: &Expr) -> Printed {
    if !matches!(array.ty, Type::Json(_)) {
        return printer.whole(array);
    }
    printer.text("nullif(");
    printer.whole(array)?;
    printer.text(", 'null')");
    Ok(())
}

/// `base -> 'name' -> 0 ->> 'family'`
pub(super) fn arrows(printer: &mut Printer<'_>, base: &Expr, steps: &[JsonStep], text: bool) -> Printed {
    let Some((last, before)) = steps.split_last() else { return printer.operand(base) };
    if let JsonStep::Pick { conditions, index } = last {
        printer.text(if *index == 0 { "jsonb_path_query_first(" } else { "jsonb_path_query_array(" });
        if before.is_empty() {
            printer.whole(base)?
        } else {
            arrows(printer, base, before, false)?
        }
        printer.text(", ");
        printer.quote(&pick_path(conditions));
        printer.text(")");
        // `#>> '{}'` is the whole value as text.
        match (index, text) {
            (0, true) => printer.text(" #>> '{}'"),
            (0, false) => {}
            (n, true) => printer.text(&format!(" ->> {n}")),
            (n, false) => printer.text(&format!(" -> {n}")),
        }
        return Ok(());
    }
    arrows(printer, base, before, false)?;
    printer.text(if text { " ->> " } else { " -> " });
    match last {
        JsonStep::Field(name) => printer.quote(name),
        JsonStep::Index(index) => printer.text(&index.to_string()),
        JsonStep::Computed(key) => printer.operand(key)?,
        JsonStep::Pick { .. } => {}
    }
    Ok(())
}

/// `$[*] ? (@."system" == "phone" && !(@."use" == "old"))`: names and texts are quoted as JSON, so that neither can end the path.
fn pick_path(conditions: &[JsonCondition]) -> String {
    let condition = |c: &JsonCondition| {
        let equals = format!("@.{} == {}", quoted(&c.field), quoted(&c.equals));
        if c.negated { format!("!({equals})") } else { equals }
    };
    format!("$[*] ? ({})", conditions.iter().map(condition).collect::<Vec<_>>().join(" && "))
}

/// `[["system","phone",false],["use","old",true]]`: conditions as the engine's `pipec_json_pick` reads them.
pub(super) fn conditions(conditions: &[JsonCondition]) -> String {
    let all: Vec<String> = conditions.iter().map(|c| format!("[{},{},{}]", quoted(&c.field), quoted(&c.equals), c.negated)).collect();
    format!("[{}]", all.join(","))
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `$.name[0].family` for steps known when compiling.
///
/// `from_end` is how the dialect counts from the end (`#-1`); without it that is a gap, as are computed steps and conditions.
pub(super) fn path(printer: &Printer<'_>, steps: &[JsonStep], from_end: Option<&str>, at: Span) -> Result<String, super::Gap> {
    let mut out = String::from("$");
    for step in steps {
        match step {
            JsonStep::Field(name) if is_plain(name) => {
                out.push('.');
                out.push_str(name);
            }
            JsonStep::Field(name) => {
                out.push('.');
                out.push_str(&quoted(name));
            }
            JsonStep::Index(index) if *index >= 0 => out.push_str(&format!("[{index}]")),
            JsonStep::Index(index) => match from_end {
                Some(sign) => out.push_str(&format!("[{sign}{index}]")),
                None => return printer.gap("a JSON index from the end", at),
            },
            JsonStep::Pick { .. } => return printer.gap("a JSON step with a condition", at),
            JsonStep::Computed(key) => return printer.gap("a computed JSON step", key.at),
        }
    }
    Ok(out)
}

fn is_plain(name: &str) -> bool {
    name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
