//! BigQuery: GoogleSQL's types, JSON functions and `unnest`; no `filter`, no `distinct on`, and subqueries only where they are joins.

mod cast;
mod formats;
mod joins;
mod parts;
mod paths;
mod regex;

use super::literal;
use super::printer::{How, Printed, Printer, Reading};
use super::spelling::{Inside, NullsGo, Spelling, common_name};
use crate::base::{Ident, Span};
use crate::ir::{
    CommonFunction, Dialect, Expr, ExprKind, Frame, FrameBound, FrameUnit, FromItem, Function, FunctionId, FunctionKind, JoinKind,
    JsonAccess, Literal, OrderKey, Parameter, Query, Relation, RelationSource, Type,
};

pub(in crate::sql) use regex::translated;

pub(super) struct BigQuery;

impl Spelling for BigQuery {
    fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Boolean => "bool".into(),
            Type::SmallInt | Type::Integer | Type::BigInt => "int64".into(),
            Type::Numeric(size) => cast::numeric(*size),
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

    fn outputs_hide_tables(&self) -> bool {
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

    fn has_values(&self) -> bool {
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
        let cast = access.scalar && !matches!(ty, Type::Text(None) | Type::Unknown);
        if !cast {
            return paths::path(printer, &access.base, &access.steps, access.scalar);
        }
        // The text is what is cast: a date in JSON is one.
        printer.text("cast(");
        paths::path(printer, &access.base, &access.steps, true)?;
        printer.text(" as ");
        printer.text(&self.type_name(ty));
        printer.text(")");
        Ok(())
    }

    fn cast(&self, printer: &mut Printer<'_>, operand: &Expr, ty: &Type) -> Printed {
        cast::cast(printer, operand, ty)
    }

    fn typed_text(&self, printer: &mut Printer<'_>, text: &str, ty: &Type, at: Span) -> Printed {
        cast::typed_text(printer, text, ty, at)
    }

    fn says_text_type(&self) -> bool {
        true
    }

    /// A number with a fraction would be a FLOAT64, and an INT64 has 64 bits.
    fn number(&self, digits: &str, ty: &Type) -> Option<String> {
        let whole = digits.bytes().all(|b| b.is_ascii_digit() || b == b'-') && digits.parse::<i64>().is_ok();
        (matches!(ty, Type::Numeric(_)) && !whole).then(|| format!("bignumeric {}", literal::text(digits, Dialect::BigQuery)))
    }

    /// Functions of decimal numbers give FLOAT64 for an INT64.
    fn widened(&self, parameter: &Parameter, argument: &Expr) -> Option<&'static str> {
        let whole = matches!(argument.ty, Type::SmallInt | Type::Integer | Type::BigInt);
        (whole && matches!(parameter.ty, Type::Numeric(_))).then_some("bignumeric")
    }

    fn notation(&self, parameter: &str, value: &Expr) -> Result<Option<String>, &'static str> {
        let text = match &value.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        };
        match parameter {
            "pattern" => text.and_then(|t| translated(t)).map(Some).ok_or("this regular expression as RE2 reads it"),
            "format" => text.and_then(|t| formats::format(t)).map(Some).ok_or("this format of dates"),
            "zone" => text.filter(|t| formats::is_zone_name(t)).map(|_| None).ok_or("a time zone that is no name"),
            _ => Ok(None),
        }
    }

    fn puts_nulls(&self, inside: Inside) -> bool {
        // Window frames of rows may say where NULLs go, frames of values and aggregates may not.
        matches!(inside, Inside::Query | Inside::Rows)
    }

    fn groups(&self, ty: &Type) -> bool {
        !matches!(ty, Type::Json(_) | Type::Array(_))
    }

    fn partitions(&self, ty: &Type) -> bool {
        self.groups(ty) && !matches!(ty, Type::Real | Type::Double)
    }

    fn frame_lacks(&self, frame: &Frame, order: &[OrderKey]) -> Option<&'static str> {
        let far = |b: &FrameBound| matches!(b, FrameBound::Preceding(_) | FrameBound::Following(_));
        let offset = far(&frame.start) || frame.end.as_ref().is_some_and(far);
        match frame.unit {
            FrameUnit::Groups => Some("a frame of groups"),
            FrameUnit::Range if offset && !order.iter().all(|k| k.expr.ty.is_number()) => Some("a frame by values that are no numbers"),
            FrameUnit::Range if offset && order.iter().any(|k| k.expr.nullable) => Some("a frame by values that may be NULL"),
            _ => None,
        }
    }

    /// An array may not hold NULLs, and leaving them out is PostgreSQL's array only where there are none.
    fn collects(&self, function: &Function, value: Option<&Expr>, filter: Option<&Expr>) -> Result<&'static str, &'static str> {
        if !matches!(function.result, Type::Array(_)) {
            return Ok("");
        }
        let known = |filter: &Expr| match (&filter.kind, value.map(|v| &v.kind)) {
            (ExprKind::IsNull(tested, true), Some(ExprKind::Column { relation, name })) => {
                matches!(&tested.kind, ExprKind::Column { relation: r, name: n } if r == relation && n == name)
            }
            _ => false,
        };
        match (value.is_some_and(|v| v.nullable), filter) {
            (true, None) => Err("an array of values that may be NULL"),
            (true, Some(filter)) if !known(filter) => Err("an array of values that may be NULL"),
            (false, None) => Ok(""),
            _ => Ok(" ignore nulls"),
        }
    }

    fn window_lacks(&self, function: &Function, args: &[Expr]) -> Option<&'static str> {
        let constant = |e: &Expr| matches!(e.kind, ExprKind::Literal(_));
        let told = |(p, e): (&Parameter, &Expr)| !matches!(p.ty, Type::Integer) || constant(e);
        (function.kind == FunctionKind::Window && !function.params.iter().zip(args).all(told)).then_some("a distance that is no constant")
    }

    fn takes_alias_for_row(&self) -> bool {
        true
    }

    fn subquery_lacks(&self, printer: &Printer<'_>, query: &Query, is_in: bool) -> Option<&'static str> {
        if joins::hides(printer, query) {
            return Some("an outer alias that is also the name of a column inside the subquery");
        }
        (!joins::decorrelates(printer, query, is_in)).then_some("a correlated subquery that is no join by equal values")
    }

    fn join_lacks(
        &self,
        printer: &Printer<'_>,
        kind: JoinKind,
        left: &FromItem,
        right: &FromItem,
        on: Option<&Expr>,
    ) -> Option<&'static str> {
        (!joins::joins(printer, kind, left, right, on)).then_some("an outer join without an equality of both sides")
    }

    fn array_query(&self, printer: &mut Printer<'_>, query: &Query, at: Span) -> Printed {
        if query.columns.iter().any(|c| c.nullable) || query.columns.is_empty() {
            return printer.gap("an array of values that may be NULL", at);
        }
        printer.text("array");
        printer.subquery(query, at)
    }

    /// One bit is asked for at a time here.
    fn grouping(&self, printer: &mut Printer<'_>, keys: &[Expr], _at: Span) -> Printed {
        printer.text(if keys.len() > 1 { "(" } else { "" });
        for (i, key) in keys.iter().enumerate() {
            printer.text(if i > 0 { " + " } else { "" });
            printer.wrap("grouping", key)?;
            let weight = 1_u64 << (keys.len() - 1 - i).min(31);
            if weight > 1 {
                printer.text(&format!(" * {weight}"));
            }
        }
        printer.text(if keys.len() > 1 { ")" } else { "" });
        Ok(())
    }

    fn lateral_query(&self, printer: &mut Printer<'_>, relation: &Relation, query: &Query) -> Printed {
        if let Some(what) = self.subquery_lacks(printer, query, false) {
            return printer.gap(what, relation.at);
        }
        printer.text("unnest(array(");
        printer.page.indent();
        printer.page.line();
        printer.text("select as struct *");
        printer.page.line();
        printer.text("from (");
        printer.page.indent();
        printer.page.line();
        printer.rename = Some(relation.columns.iter().map(|c| c.name.clone()).collect());
        printer.query(query, true)?;
        printer.page.dedent();
        printer.page.line();
        printer.text(")");
        printer.page.dedent();
        printer.page.line();
        printer.text(")) as ");
        printer.name(&relation.alias);
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
        if matches!(expr.ty, Type::Json(_)) {
            printer.wrap("json_query_array", expr)?
        } else {
            printer.whole(expr)?
        }
        printer.text(") as ");
        printer.name(&relation.alias);
        if ordinality {
            printer.text(" with offset as ");
            printer.name(&offset(relation));
        }
        Ok(())
    }

    /// The body is an `unnest(…)`.
    fn table_function(
        &self,
        printer: &mut Printer<'_>,
        relation: &Relation,
        function: FunctionId,
        args: &[Expr],
        ordinality: bool,
    ) -> Printed {
        printer.call(function, args, relation.at)?;
        printer.text(" as ");
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
        if matches!(relation.source, RelationSource::Derived(_)) {
            return Vec::new();
        }
        let of_json = matches!(&relation.source, RelationSource::Unnest { expr, .. } if matches!(expr.ty, Type::Json(_)));
        let last = relation.columns.len().saturating_sub(1);
        let how = |i: usize| {
            if ordinality && i == last {
                How::Written { before: "(", name: offset(relation), qualified: false, after: " + 1)".into() }
            } else if of_json && !relation.columns.get(i).is_some_and(|c| matches!(c.ty, Type::Json(_))) {
                How::Written { before: "json_value(", name: relation.alias.clone(), qualified: false, after: ")".into() }
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
