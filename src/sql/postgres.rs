//! PostgreSQL: home.

use super::expr::Binds;
use super::json;
use super::printer::{Printed, Printer};
use super::spelling::Spelling;
use crate::base::Span;
use crate::ir::{Expr, ExprKind, JsonAccess, Over, Quantified, Query, Relation, RowsOf, Type};

pub(super) struct Postgres;

impl Spelling for Postgres {
    fn type_name(&self, ty: &Type) -> String {
        ty.to_string()
    }

    fn json(&self, printer: &mut Printer<'_>, access: &JsonAccess, ty: &Type) -> Printed {
        if access.scalar && !matches!(ty, Type::Text(None) | Type::Unknown) {
            printer.text("cast(");
            json::arrows(printer, &access.base, &access.steps, true)?;
            printer.text(" as ");
            printer.text(&self.type_name(ty));
            printer.text(")");
            return Ok(());
        }
        json::arrows(printer, &access.base, &access.steps, access.scalar)
    }

    fn json_binds(&self, scalar: bool, ty: &Type) -> Binds {
        if scalar && !matches!(ty, Type::Text(None) | Type::Unknown) { Binds::Primary } else { Binds::Other }
    }

    fn slice(&self, printer: &mut Printer<'_>, array: &Expr, low: Option<&Expr>, high: Option<&Expr>) -> Printed {
        let name = matches!(array.kind, ExprKind::Column { .. });
        printer.text(if name { "" } else { "(" });
        printer.whole(array)?;
        printer.text(if name { "[" } else { ")[" });
        if let Some(low) = low {
            printer.whole(low)?;
        }
        printer.text(":");
        if let Some(high) = high {
            printer.whole(high)?;
        }
        printer.text("]");
        Ok(())
    }

    fn array_query(&self, printer: &mut Printer<'_>, query: &Query, at: Span) -> Printed {
        printer.text("array");
        printer.subquery(query, at)
    }

    fn grouping(&self, printer: &mut Printer<'_>, keys: &[Expr], _at: Span) -> Printed {
        printer.name_and_list("grouping", keys)
    }

    fn quantified(&self, printer: &mut Printer<'_>, quantified: &Quantified, at: Span) -> Printed {
        let Some(operator) = printer.program.function(quantified.operator) else { return printer.gap("an unknown operator", at) };
        printer.expr(&quantified.left, Binds::Other)?;
        printer.text(&format!(" {} {} ", operator.name, if quantified.all { "all" } else { "any" }));
        match &quantified.over {
            Over::Query(query) => printer.subquery(query, at),
            Over::Array(array) => {
                printer.text("(");
                printer.whole(array)?;
                printer.text(")");
                Ok(())
            }
        }
    }

    fn has_exclude(&self) -> bool {
        true
    }

    fn zip(&self, printer: &mut Printer<'_>, relation: &Relation, rows: &[RowsOf], ordinality: bool) -> Printed {
        let arrays = rows.iter().all(|r| matches!(r, RowsOf::Unnest(e) if !matches!(e.ty, Type::Json(_))));
        printer.text(if arrays { "unnest(" } else { "rows from (" });
        for (i, (of, column)) in rows.iter().zip(&relation.columns).enumerate() {
            printer.text(if i > 0 { ", " } else { "" });
            match of {
                RowsOf::Unnest(array) if arrays => printer.whole(array)?,
                RowsOf::Unnest(array) => printer.wrap(unnesting(array, Some(&column.ty)), array)?,
                RowsOf::Function { function, args } => printer.call(*function, args, relation.at)?,
            }
        }
        printer.text(if ordinality { ") with ordinality" } else { ")" });
        printer.alias_and_columns(relation);
        Ok(())
    }

    fn unnest(&self, printer: &mut Printer<'_>, relation: &Relation, expr: &Expr, ordinality: bool) -> Printed {
        let function = unnesting(expr, relation.columns.first().map(|c| &c.ty));
        printer.text(function);
        printer.text("(");
        json::elements_of(printer, expr)?;
        printer.text(")");
        printer.text(if ordinality { " with ordinality" } else { "" });
        printer.alias_and_columns(relation);
        Ok(())
    }
}

/// The function that yields the elements of an array as this type.
fn unnesting(array: &Expr, element: Option<&Type>) -> &'static str {
    match (&array.ty, element) {
        (Type::Json(_), Some(Type::Json(_)) | None) => "jsonb_array_elements",
        (Type::Json(_), Some(_)) => "jsonb_array_elements_text",
        _ => "unnest",
    }
}
