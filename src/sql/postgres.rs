//! PostgreSQL: home.

use super::expr::Binds;
use super::json;
use super::printer::{Printed, Printer};
use super::spelling::Spelling;
use crate::ir::{Expr, JsonAccess, Relation, Type};

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

    fn unnest(&self, printer: &mut Printer<'_>, relation: &Relation, expr: &Expr, ordinality: bool) -> Printed {
        let element = relation.columns.first().map(|c| &c.ty);
        let function = match (&expr.ty, element) {
            (Type::Json(_), Some(Type::Json(_)) | None) => "jsonb_array_elements",
            (Type::Json(_), Some(_)) => "jsonb_array_elements_text",
            _ => "unnest",
        };
        printer.wrap(function, expr)?;
        printer.text(if ordinality { " with ordinality" } else { "" });
        printer.alias_and_columns(relation);
        Ok(())
    }
}
