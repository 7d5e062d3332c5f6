//! BigQuery: GoogleSQL's types, JSON functions and `unnest`; no `filter`, no `distinct on`.

use super::json;
use super::printer::{How, Printed, Printer, Reading};
use super::spelling::{NullsGo, Spelling, common_name};
use crate::base::Ident;
use crate::ir::{CommonFunction, Expr, JsonAccess, Relation, RelationSource, Type};

pub(super) struct BigQuery;

impl Spelling for BigQuery {
    fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Boolean => "bool".into(),
            Type::SmallInt | Type::Integer | Type::BigInt => "int64".into(),
            Type::Numeric(_) => "numeric".into(),
            Type::Real | Type::Double => "float64".into(),
            Type::Timestamp => "datetime".into(),
            Type::Timestamptz => "timestamp".into(),
            Type::Date | Type::Time | Type::Interval => ty.to_string(),
            Type::Bytea => "bytes".into(),
            Type::Json(_) => "json".into(),
            Type::Array(of) => format!("array<{}>", self.type_name(of)),
            _ => "string".into(),
        }
    }

    fn nulls_go(&self) -> NullsGo {
        NullsGo::Low
    }

    fn has_distinct_on(&self) -> bool {
        false
    }

    fn has_qualify(&self) -> bool {
        true
    }

    fn has_filter(&self) -> bool {
        false
    }

    fn has_ilike(&self) -> bool {
        false
    }

    fn has_column_lists(&self) -> bool {
        false
    }

    fn has_cte_lists(&self) -> bool {
        false
    }

    fn has_lateral_queries(&self) -> bool {
        false
    }

    fn has_multisets(&self) -> bool {
        false
    }

    fn says_distinct(&self) -> bool {
        true
    }

    fn json(&self, printer: &mut Printer<'_>, access: &JsonAccess, ty: &Type) -> Printed {
        let path = json::path(printer, &access.steps, None, access.base.at)?;
        let cast = access.scalar && !matches!(ty, Type::Text(_) | Type::Unknown);
        printer.text(if cast { "cast(" } else { "" });
        printer.text(if access.scalar { "json_value(" } else { "json_query(" });
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

    fn array(&self, printer: &mut Printer<'_>, items: &[Expr]) -> Printed {
        printer.text("[");
        printer.list(items)?;
        printer.text("]");
        Ok(())
    }

    fn subscript(&self, printer: &mut Printer<'_>, array: &Expr, index: &Expr) -> Printed {
        // Out of bounds is NULL, as in PostgreSQL.
        printer.operand(array)?;
        printer.text("[safe_ordinal(");
        printer.whole(index)?;
        printer.text(")]");
        Ok(())
    }

    fn common(&self, printer: &mut Printer<'_>, function: CommonFunction, args: &[Expr]) -> Printed {
        if Printer::never_null(args, function) {
            return printer.name_and_list(common_name(function), args);
        }
        // BigQuery's greatest and least are NULL when any argument is; aggregates pass NULLs over, as PostgreSQL's do.
        printer.text(if function == CommonFunction::Greatest { "(select max(v) from unnest([" } else { "(select min(v) from unnest([" });
        printer.list(args)?;
        printer.text("]) as v)");
        Ok(())
    }

    fn unnest(&self, printer: &mut Printer<'_>, relation: &Relation, expr: &Expr, ordinality: bool) -> Printed {
        printer.text("unnest(");
        match (&expr.ty, relation.columns.first().map(|c| &c.ty)) {
            (Type::Json(_), Some(Type::Json(_)) | None) => printer.wrap("json_query_array", expr)?,
            (Type::Json(_), Some(_)) => printer.wrap("json_value_array", expr)?,
            _ => printer.whole(expr)?,
        }
        printer.text(") as ");
        printer.name(&relation.alias);
        if ordinality {
            printer.text(" with offset as ");
            printer.name(&offset(relation));
        }
        Ok(())
    }

    /// The alias is the element itself; the offset counts from 0.
    fn element_readings(&self, relation: &Relation) -> Vec<Reading> {
        let ordinality = match &relation.source {
            RelationSource::Unnest { ordinality, .. } | RelationSource::Function { ordinality, .. } => *ordinality,
            _ => false,
        };
        let last = relation.columns.len().saturating_sub(1);
        let how = |i: usize| {
            if ordinality && i == last {
                How::Written { before: "(", name: offset(relation), qualified: false, after: " + 1)".into() }
            } else {
                How::Written { before: "", name: relation.alias.clone(), qualified: false, after: "".into() }
            }
        };
        let reading = |(i, column): (usize, &crate::ir::Column)| Reading {
            relation: relation.alias.clone(),
            column: column.name.clone(),
            how: how(i),
        };
        relation.columns.iter().enumerate().map(reading).collect()
    }
}

fn offset(relation: &Relation) -> Ident {
    Ident::exact(&format!("{}_offset", relation.alias))
}
