//! What a dialect may spell otherwise. The defaults are what most share; each dialect's file says where it deviates.

use super::expr::Binds;
use super::printer::{Printed, Printer, Reading};
use super::{bigquery, duckdb, postgres, sqlite};
use crate::base::Span;
use crate::ir::{
    AggregateCall, CommonFunction, Dialect, Expr, ExprKind, Frame, FromItem, Function, FunctionId, JoinKind, JsonAccess, OrderKey,
    Parameter, Program, Quantified, Query, Relation, RowsOf, Type,
};

/// Where an `order by` stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Inside {
    /// At the end of a query.
    Query,
    /// In an aggregate.
    Aggregate,
    /// In a window whose frame is counted in rows, or that has none.
    Rows,
    /// In a window whose frame goes by values.
    Values,
}

/// Where NULLs go when an `order by` does not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NullsGo {
    /// As if greater than every value: PostgreSQL, the home of the IR.
    High,
    /// As if less than every value.
    Low,
    /// Last in both directions.
    Last,
}

/// A dialect's spelling.
pub(super) trait Spelling: Sync {
    /// A type in `cast` and in column lists.
    fn type_name(&self, ty: &Type) -> String;

    /// Where NULLs go by default.
    fn nulls_go(&self) -> NullsGo {
        NullsGo::High
    }

    /// `select distinct on (…)`
    fn has_distinct_on(&self) -> bool {
        true
    }

    /// `qualify`
    fn has_qualify(&self) -> bool {
        false
    }

    /// `grouping sets`
    fn has_grouping_sets(&self) -> bool {
        true
    }

    /// A join of every row with every row, before conditions elsewhere.
    fn cross_join(&self) -> &'static str {
        "cross join "
    }

    /// Whether `group by t.a` looks for a field `a` of the output column `t`, when there is one.
    fn outputs_hide_tables(&self) -> bool {
        false
    }

    /// `f(x) filter (where …)`
    fn has_filter(&self) -> bool {
        true
    }

    /// `ilike`
    fn has_ilike(&self) -> bool {
        true
    }

    /// Whether `\` escapes in `like` patterns without being told.
    fn like_escapes(&self) -> bool {
        true
    }

    /// `from (…) as t(a, b)`
    fn has_column_lists(&self) -> bool {
        true
    }

    /// `with t(a, b) as (…)`
    fn has_cte_lists(&self) -> bool {
        true
    }

    /// `values (1), (2)`
    fn has_values(&self) -> bool {
        true
    }

    /// `lateral (select …)`
    fn has_lateral_queries(&self) -> bool {
        true
    }

    /// `a union (select … order by … limit 1)`: operands in parentheses.
    fn has_set_parentheses(&self) -> bool {
        true
    }

    /// `intersect all`, `except all`
    fn has_multisets(&self) -> bool {
        true
    }

    /// `union` without `all` is written `union distinct`.
    fn says_distinct(&self) -> bool {
        false
    }

    /// `is distinct from`, `is not distinct from`
    fn is_distinct(&self, negated: bool) -> &'static str {
        if negated { " is not distinct from " } else { " is distinct from " }
    }

    /// `cast(operand as ty)`
    fn cast(&self, printer: &mut Printer<'_>, operand: &Expr, ty: &Type) -> Printed {
        printer.plain_cast(operand, ty)
    }

    /// The level of what [`cast`](Self::cast) writes; `None`: that of the operand, which stands as it is.
    fn cast_binds(&self, _operand: &Expr, _ty: &Type) -> Option<Binds> {
        Some(Binds::Primary)
    }

    /// The level of what [`json`](Self::json) writes.
    fn json_binds(&self, _scalar: bool, _ty: &Type) -> Binds {
        Binds::Primary
    }

    /// The level of what [`subscript`](Self::subscript) writes.
    fn subscript_binds(&self) -> Binds {
        Binds::Primary
    }

    /// Whether [`typed_text`](Self::typed_text) says the type, so that no cast has to.
    fn says_text_type(&self) -> bool {
        false
    }

    /// A number constant that the dialect would take for another type.
    fn number(&self, _digits: &str, _ty: &Type) -> Option<String> {
        None
    }

    /// The type an argument is cast to, where a function would give another type for it as it is.
    fn widened(&self, _parameter: &Parameter, _argument: &Expr) -> Option<&'static str> {
        None
    }

    /// What a constant in a notation of PostgreSQL's is here; `None`: the same. Library functions call such parameters `pattern` (a regular
    /// expression), `format` (of dates) and `zone`.
    ///
    /// # Errors
    /// What the dialect lacks.
    fn notation(&self, _parameter: &str, _value: &Expr) -> Result<Option<String>, &'static str> {
        Ok(None)
    }

    /// Whether `nulls first` and `nulls last` may stand there; else a key in front says it.
    fn puts_nulls(&self, _inside: Inside) -> bool {
        true
    }

    /// Whether rows are grouped by, made distinct by and ordered by such values.
    fn groups(&self, _ty: &Type) -> bool {
        true
    }

    /// Whether windows are partitioned by such values.
    fn partitions(&self, _ty: &Type) -> bool {
        true
    }

    /// What the dialect lacks of a frame.
    fn frame_lacks(&self, _frame: &Frame, _order: &[OrderKey]) -> Option<&'static str> {
        None
    }

    /// What an aggregate that gives an array says behind its values.
    ///
    /// # Errors
    /// What the dialect lacks.
    fn collects(&self, _function: &Function, _value: Option<&Expr>, _filter: Option<&Expr>) -> Result<&'static str, &'static str> {
        Ok("")
    }

    /// What the dialect lacks of a window function.
    fn window_lacks(&self, _function: &Function, _args: &[Expr]) -> Option<&'static str> {
        None
    }

    /// Whether a bare name that is a relation's alias and a column's is the relation's whole row.
    fn takes_alias_for_row(&self) -> bool {
        false
    }

    /// What the dialect lacks of a query inside an expression.
    fn subquery_lacks(&self, _printer: &Printer<'_>, _query: &Query, _is_in: bool) -> Option<&'static str> {
        None
    }

    /// What the dialect lacks of a join.
    fn join_lacks(
        &self,
        _printer: &Printer<'_>,
        _kind: JoinKind,
        _left: &FromItem,
        _right: &FromItem,
        _on: Option<&Expr>,
    ) -> Option<&'static str> {
        None
    }

    /// A text constant of a type that context gave it.
    fn typed_text(&self, printer: &mut Printer<'_>, text: &str, _ty: &Type, _at: Span) -> Printed {
        printer.quote(text);
        Ok(())
    }

    /// A path into JSON.
    fn json(&self, printer: &mut Printer<'_>, access: &JsonAccess, ty: &Type) -> Printed;

    /// `array[a, b]`
    fn array(&self, printer: &mut Printer<'_>, items: &[Expr]) -> Printed {
        printer.text("array[");
        printer.list(items)?;
        printer.text("]");
        Ok(())
    }

    /// `a[1]`, from 1.
    fn subscript(&self, printer: &mut Printer<'_>, array: &Expr, index: &Expr) -> Printed {
        // PostgreSQL subscripts names as they stand, anything else in parentheses.
        let name = matches!(array.kind, ExprKind::Column { .. });
        printer.text(if name { "" } else { "(" });
        printer.whole(array)?;
        printer.text(if name { "[" } else { ")[" });
        printer.whole(index)?;
        printer.text("]");
        Ok(())
    }

    /// `a[2:3]`, from 1, both ends in it.
    fn slice(&self, printer: &mut Printer<'_>, array: &Expr, _low: Option<&Expr>, _high: Option<&Expr>) -> Printed {
        printer.gap("a slice of an array", array.at)
    }

    /// `array(select …)`
    fn array_query(&self, printer: &mut Printer<'_>, _query: &Query, at: Span) -> Printed {
        printer.gap("`array(select …)`", at)
    }

    /// `grouping(a, b)`
    fn grouping(&self, printer: &mut Printer<'_>, _keys: &[Expr], at: Span) -> Printed {
        printer.gap("`grouping`", at)
    }

    /// `a > any (…)`, `a > all (…)`
    fn quantified(&self, printer: &mut Printer<'_>, _quantified: &Quantified, at: Span) -> Printed {
        printer.gap("a comparison with `any` or `all`", at)
    }

    /// Columns of rows side by side in `from`, with their alias.
    fn zip(&self, printer: &mut Printer<'_>, relation: &Relation, _rows: &[RowsOf], _ordinality: bool) -> Printed {
        printer.gap("several table functions side by side", relation.at)
    }

    /// What a frame leaves out (`exclude ties`).
    fn has_exclude(&self) -> bool {
        false
    }

    /// `coalesce`, `greatest`, …
    fn common(&self, printer: &mut Printer<'_>, function: CommonFunction, args: &[Expr]) -> Printed {
        printer.name_and_list(common_name(function), args)
    }

    /// The elements of an array in `from`, with its alias.
    fn unnest(&self, printer: &mut Printer<'_>, relation: &Relation, expr: &Expr, ordinality: bool) -> Printed;

    /// A table function in `from`, with its alias.
    fn table_function(
        &self,
        printer: &mut Printer<'_>,
        relation: &Relation,
        function: FunctionId,
        args: &[Expr],
        ordinality: bool,
    ) -> Printed {
        // A body may be a query of its own: as a derived table it sees its neighbours only when lateral.
        let body = printer.program.function(function).and_then(|f| super::call::body(f, printer.dialect));
        let query = body.is_some_and(|body| body.starts_with("(select"));
        if query && ordinality {
            return printer.gap("`with ordinality` behind this function", relation.at);
        }
        printer.text(if query && !relation.lateral { "lateral " } else { "" });
        printer.call(function, args, relation.at)?;
        printer.text(if ordinality { " with ordinality" } else { "" });
        printer.alias_and_columns(relation);
        Ok(())
    }

    /// A value as `order by` compares it.
    fn sort_key(&self, printer: &mut Printer<'_>, expr: &Expr) -> Printed {
        printer.whole(expr)
    }

    /// `lateral (select …)` with its alias, where there is no `lateral`.
    fn lateral_query(&self, printer: &mut Printer<'_>, relation: &Relation, _query: &Query) -> Printed {
        printer.gap("`lateral (select …)`", relation.at)
    }

    /// How columns of [`unnest`](Self::unnest), table functions and [`lateral_query`](Self::lateral_query) are read where they are used: by their names, unless this says otherwise.
    fn element_readings(&self, _relation: &Relation) -> Vec<Reading> {
        Vec::new()
    }

    /// Whether an aggregate's `distinct` gives its values in order.
    fn sorts_distinct(&self) -> bool {
        true
    }

    /// A body for just these arguments, where the declared one would do more than is needed.
    fn own_body(&self, _function: &Function, _args: &[Expr]) -> Option<&'static str> {
        None
    }

    /// The arguments of a call in the dialect's own words (formats, patterns); `None`: as they are.
    ///
    /// # Errors
    /// What the dialect has no words for.
    fn arguments(&self, _function: &Function, _args: &[Expr]) -> Result<Option<Vec<Expr>>, String> {
        Ok(None)
    }

    /// The type that the result of an operator is cast to, where the dialect's own would not be PostgreSQL's.
    fn kept_as(&self, _program: &Program, _function: &Function, _args: &[Expr]) -> Option<Type> {
        None
    }

    /// A number that its type makes other than what stands there.
    fn typed_number(&self, _digits: &str, _ty: &Type) -> Option<String> {
        None
    }

    /// An aggregate with `distinct`, when the plain form is refused; `false`: not printed.
    fn distinct_aggregate(&self, _printer: &mut Printer<'_>, _function: &Function, _call: &AggregateCall) -> Result<bool, super::Gap> {
        Ok(false)
    }
}

/// The SQL name of a common function.
pub(super) fn common_name(function: CommonFunction) -> &'static str {
    match function {
        CommonFunction::Coalesce => "coalesce",
        CommonFunction::Greatest => "greatest",
        CommonFunction::Least => "least",
        CommonFunction::Nullif => "nullif",
    }
}

/// The spelling of a dialect.
pub(super) fn of(dialect: Dialect) -> &'static dyn Spelling {
    match dialect {
        Dialect::Postgres => &postgres::Postgres,
        Dialect::Sqlite => &sqlite::Sqlite,
        Dialect::DuckDb => &duckdb::DuckDb,
        Dialect::BigQuery => &bigquery::BigQuery,
    }
}
