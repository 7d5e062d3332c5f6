use super::build::{exprs, failed, failed_at, join_all, typed};
use super::call::{self, Arg, beside};
use super::overload::Choice;
use super::{bake, cast, expr, is_error, unsupported_at};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{
    AggregateCall, Edge, ExprKind, Frame, FrameBound, FrameUnit, Function, FunctionKind, OrderKey, Origin, Type, WindowCall, find,
};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed};
use sqlparser::ast::{
    self, DuplicateTreatment, FunctionArgumentClause, FunctionArguments, NullTreatment, OrderByExpr, WindowFrame, WindowFrameBound,
    WindowFrameUnits, WindowSpec, WindowType,
};

/// An aggregate or window call.
#[expect(clippy::too_many_arguments, reason = "a call has that many parts; they are taken apart right here")]
pub(super) fn call(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    f: &ast::Function,
    function: &Function,
    choice: &Choice,
    args: Vec<Arg>,
    star: bool,
    at: Span,
) -> Typed {
    if let Some(problem) = misplaced(f, function, &args, at) {
        cx.error(problem);
        return failed_at(at);
    }
    if function.name.starts_with("array_agg") && args.iter().any(|a| matches!(a.value.expr.ty, Type::Array(_))) {
        return unsupported_at(cx, at, "an array of arrays", "`unnest` the inner ones first, or aggregate their text");
    }
    let Some((distinct, order)) = clauses(cx, scope, f, at) else { return failed_at(at) };
    let filter = f.filter.as_deref().map(|e| cast::condition(cx, expr(cx, scope, e)));
    let placed = call::place(cx, function, choice, args, at);
    let others = order_facts(&order).join(&join_all(&filter));
    let args = placed.args;
    if args.iter().chain(&filter).any(|a| is_error(&a.expr)) || order.iter().any(|(k, _)| is_error(&k.expr)) {
        return failed(at, join_all(&args).join(&others));
    }
    let mut facts = join_all(&args).join(&others);
    if function.keeps_intact
        && let Some((first, rest)) = args.split_first()
    {
        facts = beside(&first.facts, &join_all(rest).join(&others));
        // One of many values, and which one their order decides: masks have to know.
        facts.intact = facts.intact.map(|o| Origin { edge: Edge::Control, ..o });
    }
    let nullable = call::nullable(function, &args) || may_be_empty(function, filter.is_some());
    let call = AggregateCall {
        function: choice.id,
        args: exprs(args),
        star,
        distinct,
        order: order.into_iter().map(|(key, _)| key).collect(),
        filter: filter.map(|f| f.expr),
    };
    match &f.over {
        Some(over) => window(cx, scope, over, call, placed.result, nullable, facts, at),
        None => typed(ExprKind::Aggregate(Box::new(call)), bake(placed.result, &facts.label), nullable, at, facts),
    }
}

/// A filter can leave an aggregate nothing to look at; one that is never NULL (`count`) says so itself.
fn may_be_empty(function: &Function, filtered: bool) -> bool {
    filtered && function.kind == FunctionKind::Aggregate && function.nullability == crate::ir::Nullability::Strict
}

fn misplaced(f: &ast::Function, function: &Function, args: &[Arg], at: Span) -> Option<Diagnostic> {
    let name = &function.name;
    let window = f.over.is_some();
    let found = |fits: &dyn Fn(&ExprKind) -> bool| args.iter().find(|a| find(&a.value.expr, &|e| fits(&e.kind)).is_some());
    if function.kind == FunctionKind::Window && !window {
        return Some(
            Diagnostic::error(Code::MisplacedAggregate, at, format!("`{name}` needs a window"))
                .help(format!("write `{name}(…) over (partition by … order by …)`")),
        );
    }
    if let Some(inner) = found(&|kind| matches!(kind, ExprKind::Window(_))) {
        return Some(
            Diagnostic::error(Code::MisplacedAggregate, inner.value.expr.at, format!("a window function stands inside `{name}`"))
                .help("compute it in a `let` first"),
        );
    }
    let nested = found(&|kind| matches!(kind, ExprKind::Aggregate(_))).filter(|_| !window)?;
    Some(
        Diagnostic::error(Code::MisplacedAggregate, nested.value.expr.at, format!("an aggregate stands inside `{name}`"))
            .help("compute it in a `let` first"),
    )
}

type Keys = Vec<(OrderKey, Facts)>;

/// `distinct` and `order by` inside the call.
fn clauses(cx: &Cx<'_>, scope: &Scope<'_>, f: &ast::Function, at: Span) -> Option<(bool, Keys)> {
    if f.null_treatment == Some(NullTreatment::IgnoreNulls) {
        unsupported_at(cx, at, "`ignore nulls`", "filter the rows first");
        return None;
    }
    let FunctionArguments::List(list) = &f.args else { return Some((false, Vec::new())) };
    let mut order = Vec::new();
    for clause in &list.clauses {
        match clause {
            FunctionArgumentClause::OrderBy(keys) => order = order_keys(cx, scope, keys),
            FunctionArgumentClause::IgnoreOrRespectNulls(NullTreatment::RespectNulls) => {}
            other => {
                unsupported_at(cx, at, &format!("`{other}` inside a call"), "");
                return None;
            }
        }
    }
    Some((list.duplicate_treatment == Some(DuplicateTreatment::Distinct), order))
}

pub(super) fn descending(key: &OrderByExpr) -> bool {
    matches!(key.options.sort, Some(ast::OrderBySort::Desc))
}

/// Keys of an `order by` inside a call or window, with their facts.
fn order_keys(cx: &Cx<'_>, scope: &Scope<'_>, keys: &[OrderByExpr]) -> Keys {
    let key = |k: &OrderByExpr| {
        let value = cast::settle(expr(cx, scope, &k.expr));
        (OrderKey { expr: value.expr, descending: descending(k), nulls_first: k.options.nulls_first }, value.facts)
    };
    keys.iter().map(key).collect()
}

fn order_facts(order: &Keys) -> Facts {
    order.iter().fold(Facts::default(), |all, (_, facts)| all.join(facts))
}

/// `over (…)`. Positions and neighbours tell what the rows are ordered by: order keys join the value. Partition keys decide which rows meet.
#[expect(clippy::too_many_arguments, reason = "the parts of one call")]
fn window(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    over: &WindowType,
    call: AggregateCall,
    result: Type,
    nullable: bool,
    facts: Facts,
    at: Span,
) -> Typed {
    let spec = match over {
        WindowType::WindowSpec(spec) if spec.window_name.is_none() => spec,
        _ => {
            return unsupported_at(
                cx,
                at,
                "a window name that is not declared in this `select`",
                "write the window out: `over (partition by … order by …)`",
            );
        }
    };
    if call.distinct || !call.order.is_empty() {
        return unsupported_at(cx, at, "`distinct` or `order by` inside a window call", "compute it in a `let` first");
    }
    let partition: Vec<Typed> = spec.partition_by.iter().map(|e| cast::settle(expr(cx, scope, e))).collect();
    let order = order_keys(cx, scope, &spec.order_by);
    let keys = order_facts(&order);
    let groups = join_all(&partition).as_control();
    let intact = facts.intact.filter(|_| keys.label.values().is_empty());
    let facts = Facts { intact, ..facts.join(&keys).join(&groups) };
    if partition.iter().any(|p| is_error(&p.expr)) || order.iter().any(|(k, _)| is_error(&k.expr)) {
        return failed(at, facts);
    }
    let Ok(frame) = spec.window_frame.as_ref().map(|f| frame(cx, scope, f, at)).transpose() else { return failed(at, facts) };
    // A frame that may hold no row leaves any aggregate but a count without a value.
    let nullable = nullable
        || (frame.is_some()
            && frame_may_be_empty(spec)
            && cx.program.function(call.function).is_some_and(|f| f.nullability == crate::ir::Nullability::Strict));
    let order = order.into_iter().map(|(key, _)| key).collect();
    let partition = exprs(partition);
    let ty = bake(result, &facts.label);
    typed(ExprKind::Window(Box::new(WindowCall { call, partition, order, frame })), ty, nullable, at, facts)
}

fn frame_may_be_empty(spec: &WindowSpec) -> bool {
    let Some(frame) = &spec.window_frame else { return false };
    let holds_current = |b: &WindowFrameBound| matches!(b, WindowFrameBound::CurrentRow);
    let before = |b: &WindowFrameBound| matches!(b, WindowFrameBound::Preceding(_)) || holds_current(b);
    let after = |b: &WindowFrameBound| matches!(b, WindowFrameBound::Following(_)) || holds_current(b);
    !(before(&frame.start_bound) && frame.end_bound.as_ref().is_none_or(after))
}

fn frame(cx: &Cx<'_>, scope: &Scope<'_>, written: &WindowFrame, at: Span) -> Result<Frame, ()> {
    let unit = match written.units {
        WindowFrameUnits::Rows => FrameUnit::Rows,
        WindowFrameUnits::Range => FrameUnit::Range,
        WindowFrameUnits::Groups => FrameUnit::Groups,
    };
    let mut bound = |written: &WindowFrameBound| -> Result<FrameBound, ()> {
        let distance = |e: &ast::Expr| {
            let value = expr(cx, scope, e);
            let value =
                if unit == FrameUnit::Range { cast::settle_as(value, &Type::Interval) } else { cast::adapt(cx, value, &Type::BigInt) };
            if is_error(&value.expr) {
                return Err(());
            }
            if !value.facts.label.is_public() || value.facts.from.iter().next().is_some() {
                unsupported_at(cx, at, "a frame bound that reads a column", "write a constant");
                return Err(());
            }
            Ok(value.expr)
        };
        Ok(match written {
            WindowFrameBound::CurrentRow => FrameBound::CurrentRow,
            WindowFrameBound::Preceding(None) => FrameBound::UnboundedPreceding,
            WindowFrameBound::Following(None) => FrameBound::UnboundedFollowing,
            WindowFrameBound::Preceding(Some(e)) => FrameBound::Preceding(distance(e)?),
            WindowFrameBound::Following(Some(e)) => FrameBound::Following(distance(e)?),
        })
    };
    let start = bound(&written.start_bound)?;
    let end = written.end_bound.as_ref().map(&mut bound).transpose()?;
    Ok(Frame { unit, start, end, exclude: None })
}
