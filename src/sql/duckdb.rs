//! DuckDB: PostgreSQL's grammar, JSON through functions (its `->` binds like a lambda's arrow).

use super::json;
use super::printer::{Printed, Printer};
use super::spelling::{NullsGo, Spelling};
use crate::ir::{Expr, JsonAccess, Relation, Type};

pub(super) struct DuckDb;

impl Spelling for DuckDb {
    fn type_name(&self, ty: &Type) -> String {
        match ty {
            // A bare `decimal` would be decimal(18, 3).
            Type::Numeric(None) => "decimal(38, 9)".into(),
            Type::Numeric(Some((p, s))) => format!("decimal({p}, {s})"),
            Type::Double => "double".into(),
            Type::Bytea => "blob".into(),
            Type::Json(_) => "json".into(),
            Type::Array(of) => format!("{}[]", self.type_name(of)),
            _ => ty.to_string(),
        }
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

    fn json(&self, printer: &mut Printer<'_>, access: &JsonAccess, ty: &Type) -> Printed {
        let path = json::path(printer, &access.steps, Some("#"), access.base.at)?;
        let cast = access.scalar && !matches!(ty, Type::Text(None) | Type::Unknown);
        printer.text(if cast { "cast(" } else { "" });
        printer.text(if access.scalar { "json_extract_string(" } else { "json_extract(" });
        printer.whole(&access.base)?;
        printer.text(", ");
        printer.quote(&path);
        printer.text(")");
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
                let element = element.filter(|t| !matches!(t, Type::Json(_))).map_or("json".into(), |t| self.type_name(t));
                printer.text("cast(");
                printer.whole(expr)?;
                printer.text(&format!(" as {element}[])"));
            }
            _ => printer.whole(expr)?,
        }
        printer.text(if ordinality { ") with ordinality" } else { ")" });
        printer.alias_and_columns(relation);
        Ok(())
    }
}
