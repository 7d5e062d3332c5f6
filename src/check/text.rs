//! Expressions as texts. Equal texts mean equal values: in one run, over rows whose columns of the same name are equal. Aliases, places and ids
//! are not in them, so that what two models say can be compared.

use crate::base::Ident;
use crate::ir::{CommonFunction, Expr, ExprKind, FunctionId, JsonAccess, JsonStep, Literal, Over, Program, Type, operands};

/// What a column is called; `None` where its value hangs on more than can be named.
pub(super) type Naming<'n> = dyn Fn(&Ident, &Ident) -> Option<String> + 'n;

/// An expression as a text, or `None`: what its value hangs on the rows of its block (aggregates, windows) or of a query is like nothing else,
/// not even like what reads the same.
pub(super) fn text_of(program: &Program, e: &Expr, column: &Naming<'_>) -> Option<String> {
    // A whole number is its digits: `width` of one mask is divided by that of another.
    if let (ExprKind::Literal(Literal::Number(digits)), Type::Integer) = (&e.kind, &e.ty) {
        return Some(digits.to_string());
    }
    let head = head(program, e, column)?;
    let mut parts = Some(Vec::new());
    operands(e, &mut |part| {
        let text = text_of(program, part, column);
        parts = parts.take().zip(text).map(|(mut parts, text)| {
            parts.push(text);
            parts
        });
    });
    Some(format!("{head}:{}({})", e.ty, parts?.join(", ")))
}

/// Everything that an expression is beside its type and its operands. No arm stands for what is not named: of a new kind of expression it has to be
/// decided here what else it hangs on.
fn head(program: &Program, e: &Expr, column: &Naming<'_>) -> Option<String> {
    let named = |word: &str, facts: &[(&str, bool)]| {
        let facts = facts.iter().filter(|(_, holds)| *holds).map(|(fact, _)| format!(" {fact}"));
        Some(format!("{word}{}", facts.collect::<String>()))
    };
    match &e.kind {
        ExprKind::Column { relation, name } => column(relation, name),
        ExprKind::Literal(literal) => Some(constant(literal)),
        ExprKind::RunDate => named("run_date", &[]),
        ExprKind::Call { function, .. } => Some(format!("call {}", signature(program, *function)?)),
        ExprKind::Operator { function, .. } => Some(format!("operator {}", signature(program, *function)?)),
        ExprKind::Not(_) => named("not", &[]),
        ExprKind::And(_) => named("and", &[]),
        ExprKind::Or(_) => named("or", &[]),
        ExprKind::IsNull(_, negated) => named("is null", &[("not", *negated)]),
        ExprKind::IsBool(_, value, negated) => named("is", &[("not", *negated), ("true", *value), ("false", !*value)]),
        ExprKind::IsDistinct(_, _, negated) => named("is distinct", &[("not", *negated)]),
        ExprKind::InList(_, _, negated) => named("in", &[("not", *negated)]),
        ExprKind::Between(_, _, _, negated) => named("between", &[("not", *negated)]),
        ExprKind::Like(_, _, any_case, negated) => named("like", &[("not", *negated), ("any case", *any_case)]),
        ExprKind::Case { operand, arms, otherwise } => {
            let shape = format!("case of {}", arms.len());
            named(&shape, &[("operand", operand.is_some()), ("else", otherwise.is_some())])
        }
        ExprKind::Cast(_) => named("cast", &[]),
        ExprKind::Common(function, _) => named(common(*function), &[]),
        ExprKind::Json(access) => Some(path(access)),
        ExprKind::Array(_) => named("array", &[]),
        ExprKind::Row(_) => named("row", &[]),
        ExprKind::Subscript(..) => named("subscript", &[]),
        ExprKind::Slice(_, low, high) => named("slice", &[("from", low.is_some()), ("to", high.is_some())]),
        ExprKind::Release(..) => named("release", &[]),
        ExprKind::Quantified(q) => match q.over {
            Over::Array(_) => named(&format!("quantified {}", signature(program, q.operator)?), &[("all", q.all), ("any", !q.all)]),
            Over::Query(_) => None,
        },
        ExprKind::Aggregate(_)
        | ExprKind::Window(_)
        | ExprKind::Grouping(_)
        | ExprKind::InQuery(..)
        | ExprKind::Exists(..)
        | ExprKind::Scalar(_)
        | ExprKind::ArrayQuery(_)
        | ExprKind::Error => None,
    }
}

fn constant(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Number(digits) => format!("number {digits}"),
        Literal::Text(text) => format!("text {text:?}"),
        Literal::Interval { months, days, micros } => format!("interval {months} {days} {micros}"),
        Literal::Secret(name) => format!("secret {name:?}"),
    }
}

fn common(function: CommonFunction) -> &'static str {
    match function {
        CommonFunction::Coalesce => "coalesce",
        CommonFunction::Greatest => "greatest",
        CommonFunction::Least => "least",
        CommonFunction::Nullif => "nullif",
    }
}

/// A function's name and those of its parameters: with the types of the operands, they say which overload it is.
fn signature(program: &Program, function: FunctionId) -> Option<String> {
    let function = program.function(function)?;
    let params: Vec<&str> = function.params.iter().map(|p| &*p.name).collect();
    Some(format!("{:?} of {}", &*function.name, params.join(" ")))
}

fn path(access: &JsonAccess) -> String {
    let mut text = if access.scalar { "json scalar".to_owned() } else { "json".to_owned() };
    for step in &access.steps {
        text.push_str(&match step {
            JsonStep::Field(name) => format!(" .{name:?}"),
            JsonStep::Index(index) => format!(" [{index}]"),
            JsonStep::Pick { conditions, index } => {
                let one = |c: &crate::ir::JsonCondition| format!("{:?} {} {:?}", c.field, if c.negated { "<>" } else { "=" }, c.equals);
                format!(" [{}][{index}]", conditions.iter().map(one).collect::<Vec<_>>().join(" and "))
            }
            JsonStep::Computed(_) => " [computed]".to_owned(),
        });
    }
    text
}
