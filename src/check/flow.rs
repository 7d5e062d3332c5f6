use super::path;
use super::sinks::Sink;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, Clearance, Column, Form, FunctionKind, Level, Program, Table, TableId, Type};
use std::collections::BTreeSet;

/// Refuses every column that tells a sink more than its clearance admits, as value or through the conditions that shaped its rows.
pub(super) fn check(program: &Program, sink: &Sink<'_>, diagnostics: &mut Diagnostics) {
    for (id, columns, sent) in &sink.receives {
        let Some(table) = program.table(*id) else { continue };
        let mut control: BTreeSet<CategoryId> = BTreeSet::new();
        for position in columns {
            let Some(column) = table.columns.get(*position as usize) else { continue };
            if column.ty == Type::Error {
                continue;
            }
            let excess = refused(sink.clearance, column.label.values());
            if !excess.is_empty() {
                diagnostics.push(leak(program, sink, (*id, *position), (table, column), *sent, &excess));
            }
            control.extend(refused(sink.clearance, column.label.controls()).into_iter().map(|(c, _)| c));
        }
        if !control.is_empty() {
            diagnostics.push(control_leak(program, sink, table, *sent, &control));
        }
    }
}

fn refused(clearance: Option<&Clearance>, told: &[(CategoryId, Level)]) -> Vec<(CategoryId, Level)> {
    let admitted = |(category, level): &&(CategoryId, Level)| clearance.is_some_and(|c| c.admits(*category, *level));
    told.iter().filter(|t| !admitted(t)).copied().collect()
}

type Placed<'p> = (&'p Table, &'p Column);

fn leak(
    program: &Program,
    sink: &Sink<'_>,
    at: (TableId, u32),
    (table, column): Placed<'_>,
    sent: crate::base::Span,
    excess: &[(CategoryId, Level)],
) -> Diagnostic {
    let unclassified = excess.iter().all(|(c, _)| *c == CategoryId::UNCLASSIFIED);
    let told: Vec<String> = excess.iter().map(|(c, l)| told_as(program, *c, *l)).collect();
    let code = if unclassified { Code::Unclassified } else { sink.code };
    let clearance = sink.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name));
    let message = if unclassified {
        format!("`{}.{}` reaches {} with {clearance}, and nobody has said what it tells about a person", table.name, column.name, sink.what)
    } else {
        format!("`{}.{}` tells {} to {} with {clearance}", table.name, column.name, told.join(", "), sink.what)
    };
    let first = excess.first().map_or(CategoryId::UNCLASSIFIED, |(c, _)| *c);
    let (origin, trace) = path::to_source(program, at, first);
    let mut diagnostic = Diagnostic::error(code, sent, message)
        .label(format!("sends `{}`", table.name))
        .mark(column.at, format!("`{}.{}`", table.name, column.name))
        .mark(sink.declared, "may receive only what its clearance admits");
    if let Some(origin) = origin {
        diagnostic = diagnostic.mark(origin.at, format!("comes from `{}`", origin.name));
    }
    for help in fixes(program, sink, column, excess, unclassified) {
        diagnostic = diagnostic.help(help);
    }
    diagnostic.trace(trace)
}

fn told_as(program: &Program, category: CategoryId, level: Level) -> String {
    let name = category_name(program, category);
    match level {
        Level { form: Form::Public, aggregate: Some(k) } => format!("`{name}` as an aggregate over {k}"),
        Level { form, .. } => format!("`{name}` as `{}`", form.name()),
    }
}

fn category_name(program: &Program, category: CategoryId) -> &str {
    program.category(category).map_or("unclassified", |c| c.name.as_str())
}

/// What would do: masks whose result the clearance admits and that take this type, computed from the mask table.
fn fixes(program: &Program, sink: &Sink<'_>, column: &Column, excess: &[(CategoryId, Level)], unclassified: bool) -> Vec<String> {
    if unclassified {
        return vec!["say what the source column tells with `@category`, or `@public` if it tells nothing".into()];
    }
    let would_do = |to: Form, lowers: &[CategoryId]| {
        excess.iter().all(|(c, _)| (lowers.is_empty() || lowers.contains(c)) && sink.clearance.is_some_and(|k| k.admits(*c, Level::of(to))))
    };
    let masks: BTreeSet<&str> = program
        .functions
        .iter()
        .filter(|f| f.kind == FunctionKind::Mask)
        .filter(|f| f.params.first().is_some_and(|p| same_kind(&p.ty, &column.ty)))
        .filter(|f| f.transition.as_ref().is_some_and(|t| would_do(t.to, &t.lowers)))
        .map(|f| &*f.name)
        .collect();
    let mut help = Vec::new();
    if masks.is_empty() {
        help.push("no mask makes this value admissible here: drop the column, or send it to a sink that is cleared for it".to_owned());
    } else {
        let names: Vec<String> = masks.iter().map(|m| format!("`{m}`")).collect();
        help.push(format!("mask it with {}, or drop the column", names.join(" or ")));
    }
    help
}

fn same_kind(parameter: &Type, column: &Type) -> bool {
    match (parameter, column) {
        (Type::Variable(_) | Type::Any, _) | (Type::Text(_), Type::Text(_)) | (Type::Numeric(_), Type::Numeric(_)) => true,
        (a, b) => a == b,
    }
}

fn control_leak(
    program: &Program,
    sink: &Sink<'_>,
    table: &Table,
    sent: crate::base::Span,
    categories: &BTreeSet<CategoryId>,
) -> Diagnostic {
    let names: Vec<String> = categories.iter().map(|c| format!("`{}`", category_name(program, *c))).collect();
    let clearance = sink.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name));
    Diagnostic::error(
        Code::ControlLeak,
        sent,
        format!("which rows `{}` has depends on {}, which {} with {clearance} may not learn", table.name, names.join(", "), sink.what),
    )
    .label(format!("sends `{}`", table.name))
    .mark(table.at, "its rows were chosen by a condition on such a value")
    .mark(sink.declared, "may receive only what its clearance admits")
    .help("choose rows by values the clearance admits, or `release(…)` the condition with a reason")
}
