//! SQLite, as the embedded engine runs it: arrays are JSON texts, dates and times texts in PostgreSQL's form, and the `pipec_` functions that
//! `engine::functions` registers carry what SQLite lacks.

mod conversion;

use super::expr::Binds;
use super::json;
use super::printer::{Block, How, Printed, Printer, Reading};
use super::spelling::{NullsGo, Spelling, common_name};
use crate::base::{Ident, Span};
use crate::ir::{
    AggregateCall, Column, CommonFunction, Expr, ExprKind, Function, FunctionId, JsonAccess, JsonStep, Over, Quantified, Query, Relation,
    RelationSource, Type,
};
use conversion::{Conversion, conversion, from_text, to_time};

pub(super) struct Sqlite;

impl Spelling for Sqlite {
    fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Boolean | Type::SmallInt | Type::Integer | Type::BigInt => "integer",
            // Real even where whole: `4 / 3` of two integers would be one.
            Type::Numeric(_) | Type::Real | Type::Double => "real",
            _ => "text",
        }
        .into()
    }

    fn nulls_go(&self) -> NullsGo {
        NullsGo::Low
    }

    fn has_distinct_on(&self) -> bool {
        false
    }

    fn has_grouping_sets(&self) -> bool {
        false
    }

    /// SQLite takes the word `cross` as an order to read the tables as they are written, whatever that costs.
    fn cross_join(&self) -> &'static str {
        "join "
    }

    fn has_ilike(&self) -> bool {
        false
    }

    fn like_escapes(&self) -> bool {
        false
    }

    fn has_column_lists(&self) -> bool {
        false
    }

    fn has_lateral_queries(&self) -> bool {
        false
    }

    fn has_set_parentheses(&self) -> bool {
        false
    }

    fn has_multisets(&self) -> bool {
        false
    }

    fn is_distinct(&self, negated: bool) -> &'static str {
        if negated { " is " } else { " is not " }
    }

    fn cast(&self, printer: &mut Printer<'_>, operand: &Expr, ty: &Type) -> Printed {
        match conversion(operand, ty) {
            Conversion::None => printer.bare(operand),
            Conversion::Function(name) => printer.wrap(name, operand),
            Conversion::OfJsonText(name) => {
                printer.text(name);
                printer.text("(");
                printer.wrap("pipec_json_text", operand)?;
                printer.text(")");
                Ok(())
            }
            Conversion::Rounded(scale) => {
                printer.text("round(");
                printer.wrap("pipec_to_number", operand)?;
                printer.text(&format!(", {scale})"));
                Ok(())
            }
            Conversion::Places(scale) => {
                printer.text("pipec_numeric_text(");
                printer.whole(operand)?;
                printer.text(&format!(", {scale})"));
                Ok(())
            }
            Conversion::Cut(length) => {
                printer.text("substr(");
                printer.whole(operand)?;
                printer.text(&format!(", 1, {length})"));
                Ok(())
            }
            Conversion::Plain => printer.plain_cast(operand, ty),
            Conversion::Missing => printer.gap(format!("a cast from {} to {ty}", operand.ty), operand.at),
        }
    }

    fn cast_binds(&self, operand: &Expr, ty: &Type) -> Option<Binds> {
        (!matches!(conversion(operand, ty), Conversion::None)).then_some(Binds::Primary)
    }

    fn typed_text(&self, printer: &mut Printer<'_>, text: &str, ty: &Type, _at: Span) -> Printed {
        // Context made a date of it; comparing texts needs the form dates have.
        match ty {
            Type::Date | Type::Time | Type::Timestamp | Type::Timestamptz | Type::Interval => {
                printer.text(to_time(ty));
                printer.text("(");
                printer.quote(text);
                printer.text(")");
            }
            _ => printer.quote(text),
        }
        Ok(())
    }

    fn json(&self, printer: &mut Printer<'_>, access: &JsonAccess, ty: &Type) -> Printed {
        if !access.scalar {
            return steps(printer, &access.base, &access.steps, access.base.at);
        }
        let outer = match ty {
            Type::Text(_) | Type::Unknown => None,
            Type::Numeric(Some((_, scale))) => {
                printer.text("round(pipec_to_number(pipec_json_text(");
                steps(printer, &access.base, &access.steps, access.base.at)?;
                printer.text(&format!(")), {scale})"));
                return Ok(());
            }
            _ => match from_text(ty) {
                Some(name) => Some(name),
                None => return printer.gap(format!("a JSON value as {ty}"), access.base.at),
            },
        };
        if let Some(name) = outer {
            printer.text(name);
            printer.text("(");
        }
        printer.text("pipec_json_text(");
        steps(printer, &access.base, &access.steps, access.base.at)?;
        printer.text(if outer.is_some() { "))" } else { ")" });
        Ok(())
    }

    fn json_binds(&self, scalar: bool, _ty: &Type) -> Binds {
        if scalar { Binds::Primary } else { Binds::Other }
    }

    fn array(&self, printer: &mut Printer<'_>, items: &[Expr]) -> Printed {
        printer.text("json_array(");
        for (i, item) in items.iter().enumerate() {
            printer.text(if i > 0 { ", " } else { "" });
            match item.ty {
                Type::Json(_) | Type::Array(_) => printer.wrap("json", item)?,
                Type::Boolean => printer.wrap("pipec_json_boolean", item)?,
                _ => printer.whole(item)?,
            }
        }
        printer.text(")");
        Ok(())
    }

    fn subscript(&self, printer: &mut Printer<'_>, array: &Expr, index: &Expr) -> Printed {
        printer.text("pipec_subscript(");
        printer.whole(array)?;
        printer.text(", ");
        printer.whole(index)?;
        printer.text(")");
        Ok(())
    }

    fn slice(&self, printer: &mut Printer<'_>, array: &Expr, low: Option<&Expr>, high: Option<&Expr>) -> Printed {
        printer.text("pipec_slice(");
        printer.whole(array)?;
        for (end, open) in [(low, ", 1"), (high, ", 2147483647")] {
            match end {
                Some(end) => {
                    printer.text(", ");
                    printer.whole(end)?;
                }
                None => printer.text(open),
            }
        }
        printer.text(")");
        Ok(())
    }

    fn array_query(&self, printer: &mut Printer<'_>, query: &Query, at: Span) -> Printed {
        let Some((name, ty)) = only_column(query) else { return printer.gap("`array(select …)`", at) };
        printer.text("(select json_group_array(");
        let (before, after) = match ty {
            Type::Json(_) | Type::Array(_) => ("json(", ")"),
            Type::Boolean => ("pipec_json_boolean(", ")"),
            _ => ("", ""),
        };
        printer.text(before);
        printer.name(&name);
        printer.text(after);
        printer.text(") from ");
        printer.subquery(query, at)?;
        printer.text(")");
        Ok(())
    }

    /// Over plain keys nothing is left out.
    fn grouping(&self, printer: &mut Printer<'_>, _keys: &[Expr], _at: Span) -> Printed {
        printer.text("0");
        Ok(())
    }

    fn quantified(&self, printer: &mut Printer<'_>, quantified: &Quantified, at: Span) -> Printed {
        each_compared(printer, quantified, at)
    }

    fn has_exclude(&self) -> bool {
        true
    }

    fn common(&self, printer: &mut Printer<'_>, function: CommonFunction, args: &[Expr]) -> Printed {
        // SQLite's max and min are NULL when any argument is; PostgreSQL's pass NULLs over.
        let name = match (function, Printer::never_null(args, function)) {
            (CommonFunction::Greatest, true) => "max",
            (CommonFunction::Least, true) => "min",
            (CommonFunction::Greatest, false) => "pipec_greatest",
            (CommonFunction::Least, false) => "pipec_least",
            // SQLite refuses coalesce of one.
            (CommonFunction::Coalesce, _) if args.len() == 1 => "",
            _ => common_name(function),
        };
        printer.name_and_list(name, args)
    }

    fn unnest(&self, printer: &mut Printer<'_>, relation: &Relation, expr: &Expr, _ordinality: bool) -> Printed {
        printer.text("json_each(");
        json::elements_of(printer, expr)?;
        printer.text(") as ");
        printer.name(&relation.alias);
        Ok(())
    }

    /// A table function's SQLite body yields a JSON array.
    fn table_function(
        &self,
        printer: &mut Printer<'_>,
        relation: &Relation,
        function: FunctionId,
        args: &[Expr],
        _ordinality: bool,
    ) -> Printed {
        printer.text("json_each(");
        printer.call(function, args, relation.at)?;
        printer.text(") as ");
        printer.name(&relation.alias);
        Ok(())
    }

    /// A table-valued function sees its neighbours: the query's rows go through it as JSON arrays.
    fn lateral_query(&self, printer: &mut Printer<'_>, relation: &Relation, query: &Query) -> Printed {
        printer.text("json_each((");
        printer.page.indent();
        printer.page.line();
        printer.text("select json_group_array(json_array(");
        for (i, column) in relation.columns.iter().enumerate() {
            printer.text(if i > 0 { ", pipec_rows." } else { "pipec_rows." });
            printer.name(&query.columns.get(i).unwrap_or(column).name);
            // A text again: SQLite would put JSON it has just made into the array as it is.
            printer.text(if matches!(column.ty, Type::Json(_) | Type::Array(_)) { " || ''" } else { "" });
        }
        printer.text("))");
        printer.page.line();
        printer.text("from (");
        printer.page.indent();
        printer.page.line();
        printer.query(query, true)?;
        printer.page.dedent();
        printer.page.line();
        printer.text(") as pipec_rows");
        printer.page.dedent();
        printer.page.line();
        printer.text(")) as ");
        printer.name(&relation.alias);
        Ok(())
    }

    fn element_readings(&self, relation: &Relation) -> Vec<Reading> {
        if matches!(relation.source, RelationSource::Derived(_)) {
            let how =
                |i: usize| How::Written { before: "(", name: Ident::exact("value"), qualified: true, after: format!(" ->> {i})").into() };
            let reading = |(i, c): (usize, &Column)| Reading { relation: relation.alias.clone(), column: c.name.clone(), how: how(i) };
            return relation.columns.iter().enumerate().map(reading).collect();
        }
        let ordinality = match &relation.source {
            RelationSource::Unnest { ordinality, .. } | RelationSource::Function { ordinality, .. } => *ordinality,
            _ => false,
        };
        let last = relation.columns.len().saturating_sub(1);
        let how = |(i, column): (usize, &Column)| match column.ty {
            _ if ordinality && i == last => How::Written { before: "(", name: Ident::exact("key"), qualified: true, after: " + 1)".into() },
            Type::Json(_) => How::JsonElement,
            _ => How::named(Ident::exact("value")),
        };
        let reading = |(i, column): (usize, &Column)| Reading {
            relation: relation.alias.clone(),
            column: column.name.clone(),
            how: how((i, column)),
        };
        relation.columns.iter().enumerate().map(reading).collect()
    }

    fn sort_key(&self, printer: &mut Printer<'_>, expr: &Expr) -> Printed {
        // Intervals are texts; their order is their length.
        match &expr.ty {
            Type::Interval => printer.wrap("pipec_interval_order", expr),
            Type::Array(of) if matches!(**of, Type::Json(_) | Type::Interval) => printer.gap(format!("an order of {}", expr.ty), expr.at),
            Type::Array(_) => printer.wrap("pipec_array_order", expr),
            _ => printer.whole(expr),
        }
    }

    fn distinct_aggregate(&self, printer: &mut Printer<'_>, function: &Function, call: &AggregateCall) -> Result<bool, super::Gap> {
        // SQLite takes `distinct` before one argument only, and gives its values in no order.
        let name = match (&*function.name, call.args.len()) {
            ("string_agg", 2) => "pipec_string_agg_distinct",
            ("array_agg" | "jsonb_agg" | "json_agg", 1) => "pipec_array_agg_distinct",
            _ => return Ok(false),
        };
        if matches!(call.args.first().map(|a| &a.ty), Some(Type::Interval | Type::Json(_) | Type::Array(_) | Type::Boolean))
            || call.order.len() > 1
        {
            return printer.gap(
                format!("`{}` of distinct values of this type or in this order", function.name),
                call.args.first().map_or_else(Default::default, |a| a.at),
            );
        }
        printer.text(name);
        printer.text("(");
        for arg in &call.args {
            printer.whole(arg)?;
            printer.text(", ");
        }
        let order = call.order.first();
        let nulls = order.and_then(|key| key.nulls_first).map(|first| if first { "nulls first" } else { "nulls last" });
        let words: Vec<&str> = order.filter(|key| key.descending).map(|_| "desc").into_iter().chain(nulls).collect();
        printer.quote(&words.join(" "));
        printer.text(")");
        Ok(true)
    }
}

const EACH: &str = "pipec_each";

/// The name and type of a query's only column.
fn only_column(query: &Query) -> Option<(Ident, Type)> {
    let [column] = query.columns.as_slice() else { return None };
    let names = super::query::output_names(&query.body)?;
    Some((names.first()?.clone(), column.ty.clone()))
}

/// `a > any (…)`: the comparisons of all rows, and of their truths what `any` or `all` makes: NULLs count where no other decides.
fn each_compared(printer: &mut Printer<'_>, quantified: &Quantified, at: Span) -> Printed {
    let (name, ty) = match &quantified.over {
        Over::Query(query) => only_column(query).ok_or_else(|| super::Gap { what: "this comparison with `any` or `all`".into(), at })?,
        Over::Array(array) => match &array.ty {
            Type::Array(of) if !matches!(**of, Type::Json(_) | Type::Array(_)) => (Ident::exact("value"), (**of).clone()),
            _ => return printer.gap("a comparison with `any` or `all` of these elements", at),
        },
    };
    let element = Expr { kind: ExprKind::Column { relation: Ident::exact(EACH), name }, ty, nullable: true, at };
    let (none, decides, pick) = if quantified.all { ("1", "0", "min") } else { ("0", "1", "max") };
    printer.text("(select case when count(*) = 0 then ");
    match &quantified.over {
        Over::Array(array) => {
            printer.text("case when ");
            printer.operand(array)?;
            printer.text(&format!(" is not null then {none} end"));
        }
        Over::Query(_) => printer.text(none),
    }
    printer.text(&format!(" when {pick}(truth) = {decides} then {decides} when count(truth) = count(*) then {none} end from (select "));
    // The block has a name of its own, so that outer columns are written with theirs.
    printer.blocks.push(Block::default());
    let compared = printer.call(quantified.operator, &[quantified.left.clone(), element], at);
    printer.blocks.pop();
    compared?;
    printer.text(" as truth from ");
    match &quantified.over {
        Over::Query(query) => printer.subquery(query, at)?,
        Over::Array(array) => printer.wrap("json_each", array)?,
    }
    printer.text(&format!(" as {EACH}))"));
    Ok(())
}

/// `base -> '$.name[0]'`, with the engine's functions for what a path text can't say.
fn steps(printer: &mut Printer<'_>, base: &Expr, all: &[JsonStep], at: crate::base::Span) -> Printed {
    let dynamic = all.iter().rposition(|s| matches!(s, JsonStep::Pick { .. } | JsonStep::Computed(_)));
    let (before, after) = all.split_at(dynamic.map_or(0, |i| i + 1));
    match before.split_last() {
        Option::None if after.is_empty() => return printer.operand(base),
        Option::None => printer.operand(base)?,
        Some((last, before)) => {
            printer.text(if matches!(last, JsonStep::Pick { .. }) { "pipec_json_pick(" } else { "pipec_json_get(" });
            if before.is_empty() {
                printer.whole(base)?
            } else {
                steps(printer, base, before, at)?
            }
            match last {
                JsonStep::Pick { conditions, index } => {
                    printer.text(", ");
                    printer.quote(&json::conditions(conditions));
                    printer.text(&format!(", {index}"));
                }
                JsonStep::Computed(key) => {
                    printer.text(", ");
                    printer.whole(key)?;
                }
                JsonStep::Field(_) | JsonStep::Index(_) => {}
            }
            printer.text(")");
        }
    }
    if !after.is_empty() {
        let path = json::path(printer, after, Some("#"), at)?;
        printer.text(" -> ");
        printer.quote(&path);
    }
    Ok(())
}
