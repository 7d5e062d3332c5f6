//! Aggregates and windows: `distinct`, `order by`, `filter` and `over` woven into the function's body.

use super::call::{Piece, body, is_closed, pieces};
use super::expr::Binds;
use super::printer::{Printed, Printer};
use super::spelling::Inside;
use crate::base::Span;
use crate::ir::every;
use crate::ir::{
    AggregateCall, Dialect, Expr, ExprKind, Frame, FrameBound, FrameExclude, FrameUnit, Function, FunctionKind, OrderKey, Type, WindowCall,
};

impl Printer<'_> {
    /// An aggregate, or with `window` a window call.
    pub(super) fn aggregate(&mut self, call: &AggregateCall, window: Option<&WindowCall>, at: Span) -> Printed {
        let Some(function) = self.program.function(call.function) else { return self.gap("an unknown aggregate", at) };
        self.refuse_unsupported(function, at)?;
        if window.is_some() && self.dialect == Dialect::DuckDb && self.reads_outside(call, window) {
            return self.gap("a window over columns of an outer query", at);
        }
        let rows = call.args.iter().any(|a| matches!(a.kind, ExprKind::Row(_)));
        if rows && matches!(self.dialect, Dialect::Sqlite | Dialect::BigQuery) {
            return self.gap("a count of rows `(a, b)`", at);
        }
        self.refuse_call(function, call, window, at)?;
        let sorted = self.sorted_distinct(function, call);
        let call = sorted.as_ref().unwrap_or(call);
        if call.distinct && self.spelling.distinct_aggregate(self, function, call)? {
            return self.filter_and_over(function, call, window);
        }
        let text = if call.star { None } else { body(function, self.dialect) };
        let Some(text) = text else { return self.plain_aggregate(function, call, window) };
        if let Some((before, inner, after)) = around(text, self.dialect) {
            self.guarded(before);
            self.body_of(inner, function, call, window, at)?;
            return self.filled(function, &pieces(after), &[], None, at);
        }
        self.body_of(text, function, call, window, at)
    }

    /// Whether a call reads columns of an enclosing block.
    fn reads_outside(&self, call: &AggregateCall, window: Option<&WindowCall>) -> bool {
        let own = |e: &Expr| match &e.kind {
            ExprKind::Column { relation, .. } => {
                relation.as_str().is_empty() || self.blocks.last().is_none_or(|b| b.aliases.contains(relation))
            }
            _ => true,
        };
        let keys = window.into_iter().flat_map(|w| w.partition.iter().chain(w.order.iter().map(|k| &k.expr)));
        let all = call.args.iter().chain(&call.filter).chain(call.order.iter().map(|k| &k.expr)).chain(keys);
        all.into_iter().any(|e| !every(e, &own))
    }

    /// PostgreSQL finds distinct values by sorting them, and keeps that order; where others do not, it is said.
    fn sorted_distinct(&self, function: &Function, call: &AggregateCall) -> Option<AggregateCall> {
        let gathers = matches!(&*function.name, "string_agg" | "array_agg" | "jsonb_agg");
        if !call.distinct || !call.order.is_empty() || !gathers || self.spelling.sorts_distinct() {
            return None;
        }
        let key = OrderKey { expr: call.args.first()?.clone(), descending: false, nulls_first: None };
        Some(AggregateCall { order: vec![key], ..call.clone() })
    }

    fn body_of(&mut self, text: &str, function: &Function, call: &AggregateCall, window: Option<&WindowCall>, at: Span) -> Printed {
        if let Some((before, inner, after)) = call_inside(text) {
            self.text(before);
            self.woven_text(inner, function, call, window, at)?;
            self.text(&after);
            return Ok(());
        }
        // A function of the set-up takes the collected values: nothing of the call's can stand in its brackets.
        if text.starts_with("pipec.") && self.dialect == Dialect::BigQuery {
            return self.compound(function, text, call, window, at);
        }
        self.woven_text(text, function, call, window, at)
    }

    fn woven_text(&mut self, text: &str, function: &Function, call: &AggregateCall, window: Option<&WindowCall>, at: Span) -> Printed {
        let split =
            if is_closed(text) { text.split_once('(').and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?))) } else { None };
        match split {
            Some((name, inner)) => {
                // The bracket stays with what follows, so that a first hole is seen to stand between brackets.
                let bracketed = format!("({inner})");
                self.woven(name, function, &pieces(&bracketed), call, window, at)
            }
            None => self.compound(function, text, call, window, at),
        }
    }

    /// What the dialect lacks of a call, whatever its form.
    fn refuse_call(&self, function: &Function, call: &AggregateCall, window: Option<&WindowCall>, at: Span) -> Printed {
        if let Some(what) = self.spelling.window_lacks(function, &call.args) {
            return self.gap(what, at);
        }
        if let Some(arg) = call.args.iter().find(|arg| call.distinct && !self.spelling.groups(&arg.ty)) {
            return self.gap(format!("`distinct` over {}", arg.ty), arg.at);
        }
        let Some(window) = window else { return Ok(()) };
        if let Some(key) = window.partition.iter().find(|key| !self.spelling.partitions(&key.ty)) {
            return self.gap(format!("`partition by` over {}", key.ty), key.at);
        }
        match window.frame.as_ref().and_then(|frame| self.spelling.frame_lacks(frame, &window.order)) {
            Some(what) => self.gap(what, at),
            None => Ok(()),
        }
    }

    /// `name(distinct a, b order by c) filter (where d) over (…)`
    fn plain_aggregate(&mut self, function: &Function, call: &AggregateCall, window: Option<&WindowCall>) -> Printed {
        let fold = self.folded_filter(call);
        let collects = self.collects(function, call)?;
        if call.star {
            if let Some(filter) = fold {
                // Only BigQuery lacks `filter`, and it has this.
                self.wrap("countif", filter)?;
            } else {
                self.function_name(&function.name);
                self.text("(*)");
            }
            return self.filter_and_over(function, call, window);
        }
        self.function_name(&function.name);
        self.text("(");
        self.page.open();
        self.page.indent();
        self.page.tight();
        self.text(if call.distinct { "distinct " } else { "" });
        for (i, arg) in call.args.iter().enumerate() {
            if i > 0 {
                self.text(",");
                self.page.soft();
            }
            self.counted(arg, if i == 0 { fold } else { None }, Binds::Or)?;
        }
        self.text(collects);
        self.inner_order(&call.order, call.distinct)?;
        self.page.dedent();
        self.page.tight();
        self.page.close();
        self.text(")");
        self.filter_and_over(function, call, window)
    }

    /// A body that is one call: what belongs inside its brackets goes there.
    fn woven(
        &mut self,
        name: &str,
        function: &Function,
        pieces: &[Piece<'_>],
        call: &AggregateCall,
        window: Option<&WindowCall>,
        at: Span,
    ) -> Printed {
        self.guarded(name);
        let Some((Piece::Text(first), rest)) = pieces.split_first() else { return self.gap(format!("`{}`", function.name), at) };
        self.text("(");
        self.text(if call.distinct { "distinct " } else { "" });
        self.guarded(first.strip_prefix('(').unwrap_or(first));
        let Some((Piece::Text(last), middle)) = rest.split_last() else {
            return self.filter_and_over(function, call, window);
        };
        let fold = self.folded_filter(call);
        self.filled(function, middle, &call.args, fold, at)?;
        self.guarded(last.strip_suffix(')').unwrap_or(last));
        let collects = self.collects(function, call)?;
        self.text(collects);
        self.inner_order(&call.order, call.distinct)?;
        self.text(")");
        self.filter_and_over(function, call, window)
    }

    /// A body that is more than a call: a filter goes into its arguments, the rest can't be put anywhere.
    fn compound(&mut self, function: &Function, text: &str, call: &AggregateCall, window: Option<&WindowCall>, at: Span) -> Printed {
        if call.distinct || !call.order.is_empty() || window.is_some() {
            return self.gap(format!("`{}` with `distinct`, `order by` or `over`", function.name), at);
        }
        // `percentile_cont(…) within group (…)` takes a filter of its own.
        if text.contains(" within group ") {
            self.filled(function, &pieces(text), &call.args, None, at)?;
            return self.filter_and_over(function, call, window);
        }
        self.filled(function, &pieces(text), &call.args, call.filter.as_ref(), at)
    }

    fn collects(&self, function: &Function, call: &AggregateCall) -> Result<&'static str, super::Gap> {
        match self.spelling.collects(function, call.args.first(), call.filter.as_ref()) {
            Ok(says) => Ok(says),
            Err(what) => self.gap(what, call.args.first().map(|arg| arg.at).unwrap_or_default()),
        }
    }

    fn folded_filter<'e>(&self, call: &'e AggregateCall) -> Option<&'e Expr> {
        call.filter.as_ref().filter(|_| !self.spelling.has_filter())
    }

    pub(super) fn inner_order(&mut self, order: &[OrderKey], distinct: bool) -> Printed {
        // BigQuery takes a constant for the place of an argument; it orders nothing anyway.
        let constant = |key: &&OrderKey| self.dialect == Dialect::BigQuery && matches!(key.expr.kind, ExprKind::Literal(_));
        let mut kept: Vec<OrderKey> = order.iter().filter(|key| !constant(key)).cloned().collect();
        if distinct && !self.spelling.puts_nulls(Inside::Aggregate) {
            // Distinct values may be ordered by themselves only; what gathers them passes NULLs over.
            kept.iter_mut().for_each(|key| (key.expr.nullable, key.nulls_first) = (false, None));
        }
        let order = kept.as_slice();
        let Some(first) = order.first() else { return Ok(()) };
        // DuckDB does not know two writings of one subquery for the same argument.
        let asks = |key: &OrderKey| crate::ir::find(&key.expr, &|e| crate::ir::query_of(e).is_some()).is_some();
        if distinct && self.dialect == Dialect::DuckDb && order.iter().any(asks) {
            return self.gap("distinct values of a subquery in an order", first.expr.at);
        }
        self.page.soft();
        self.text("order by ");
        for (i, key) in order.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            // DuckDB takes a bare constant here for a mistake.
            let bare = matches!(key.expr.kind, ExprKind::Literal(_)) && self.dialect == Dialect::DuckDb;
            if bare { self.plain_cast(&key.expr, &key.expr.ty)? } else { self.order_key(key, Inside::Aggregate)? }
        }
        Ok(())
    }

    fn order_keys(&mut self, order: &[OrderKey], inside: Inside) -> Printed {
        for (i, key) in order.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.order_key(key, inside)?;
        }
        Ok(())
    }

    pub(super) fn filter_and_over(&mut self, function: &Function, call: &AggregateCall, window: Option<&WindowCall>) -> Printed {
        if let Some(filter) = call.filter.as_ref().filter(|_| self.spelling.has_filter()) {
            self.text(" filter (");
            self.page.open();
            self.page.indent();
            self.page.tight();
            self.text("where ");
            self.whole(filter)?;
            self.page.dedent();
            self.page.tight();
            self.page.close();
            self.text(")");
        }
        match window {
            Some(window) => {
                let by_values = window.frame.as_ref().map_or(has_frame(function), |frame| frame.unit != FrameUnit::Rows);
                let inside = if by_values { Inside::Values } else { Inside::Rows };
                self.over(&window.partition, &window.order, window.frame.as_ref(), inside)
            }
            None => Ok(()),
        }
    }

    /// `over (partition by … order by … rows between …)`
    pub(super) fn over(&mut self, partition: &[Expr], order: &[OrderKey], frame: Option<&Frame>, inside: Inside) -> Printed {
        self.text(" over (");
        self.page.open();
        self.page.indent();
        let mut first = true;
        let mut part = |printer: &mut Self| {
            if std::mem::take(&mut first) { printer.page.tight() } else { printer.page.soft() }
        };
        if !partition.is_empty() {
            part(self);
            self.text("partition by ");
            for (i, key) in partition.iter().enumerate() {
                self.text(if i > 0 { ", " } else { "" });
                self.whole(key)?;
            }
        }
        if !order.is_empty() {
            part(self);
            self.text("order by ");
            self.order_keys(order, inside)?;
        }
        if let Some(frame) = frame {
            part(self);
            let at = order.iter().map(|k| k.expr.at).next().unwrap_or_default();
            self.frame(frame, at)?;
        }
        self.page.dedent();
        if !first {
            self.page.tight();
        }
        self.page.close();
        self.text(")");
        Ok(())
    }

    fn frame(&mut self, frame: &Frame, at: Span) -> Printed {
        self.text(match frame.unit {
            FrameUnit::Rows => "rows ",
            FrameUnit::Range => "range ",
            FrameUnit::Groups => "groups ",
        });
        if let Some(end) = &frame.end {
            self.text("between ");
            self.bound(&frame.start)?;
            self.text(" and ");
            self.bound(end)?;
        } else {
            self.bound(&frame.start)?;
        }
        let Some(exclude) = frame.exclude else { return Ok(()) };
        if !self.spelling.has_exclude() {
            return self.gap("`exclude` in a window frame", at);
        }
        self.text(match exclude {
            FrameExclude::CurrentRow => " exclude current row",
            FrameExclude::Group => " exclude group",
            FrameExclude::Ties => " exclude ties",
        });
        Ok(())
    }

    fn bound(&mut self, bound: &FrameBound) -> Printed {
        match bound {
            FrameBound::UnboundedPreceding => self.text("unbounded preceding"),
            FrameBound::CurrentRow => self.text("current row"),
            FrameBound::UnboundedFollowing => self.text("unbounded following"),
            FrameBound::Preceding(n) | FrameBound::Following(n) => {
                if n.ty == Type::Interval && self.dialect == Dialect::Sqlite {
                    return self.gap("a `range` over an interval", n.at);
                }
                self.operand(n)?;
                self.text(if matches!(bound, FrameBound::Preceding(_)) { " preceding" } else { " following" });
            }
        }
        Ok(())
    }
}

/// A body `cast(f(…) as t)` or `to_json(f(…))`, whose inner call takes `distinct`, `order by` and `over`: what stands in front of it, it, and
/// what stands behind.
fn call_inside(body: &str) -> Option<(&'static str, &str, String)> {
    let (before, inner, after) = match body.strip_prefix("cast(").and_then(|rest| rest.strip_suffix(')')?.rsplit_once(" as ")) {
        Some((inner, ty)) => ("cast(", inner, format!(" as {ty})")),
        None => ("to_json(", body.strip_prefix("to_json(")?.strip_suffix(')')?, ")".to_owned()),
    };
    (is_closed(inner) && inner.contains('(')).then_some((before, inner, after))
}

/// Whether a window function looks at a frame; one that is not said goes by values.
fn has_frame(function: &Function) -> bool {
    function.kind == FunctionKind::Aggregate || function.name.ends_with("_value")
}

/// What stands around the call that `distinct`, `order by`, `filter` and `over` belong to: `nullif(call, 'nothing')`, or on DuckDB a macro of the
/// set-up.
fn around(text: &str, dialect: Dialect) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_at(text.find('(')? + 1);
    let end = match before {
        "nullif(" => rest.rfind(", ")?,
        _ if before.starts_with("pipec.") && dialect == Dialect::DuckDb => rest.rfind(')')?,
        _ => return None,
    };
    let (inner, after) = rest.split_at(end);
    (inner.contains('(') && is_closed(inner)).then_some((before, inner, after))
}
