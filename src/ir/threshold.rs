use super::{AggregateCall, Expr, ExprKind, FunctionId, Literal, Program, Type};

/// How many different values a condition on groups asks for at least.
#[derive(Clone, Copy, Debug)]
pub struct Threshold<'e> {
    /// The number.
    pub least: u32,
    /// `count(distinct …)`
    pub call: &'e AggregateCall,
    /// Whether it asks nothing else, such as for how many at most.
    pub alone: bool,
}

impl Program {
    /// `count(distinct patient_id) >= 11`, in whatever words: `not (… < 11)`, `… between 11 and 100`, `(… > 10) is true`. A count is never NULL, and neither is
    /// a number, so that what is not false is true.
    pub fn threshold<'e>(&self, condition: &'e Expr) -> Option<Threshold<'e>> {
        self.asks(condition, true)
    }

    /// What holds of a count where a condition is true, or is not.
    fn asks<'e>(&self, condition: &'e Expr, holds: bool) -> Option<Threshold<'e>> {
        match &condition.kind {
            ExprKind::Not(inner) => self.asks(inner, !holds),
            ExprKind::IsBool(inner, value, negated) => self.asks(inner, (value != negated) == holds),
            ExprKind::Between(count, low, _, negated) if holds != *negated => self.at_least(count, low, 0, false),
            ExprKind::Operator { function, args } => {
                let [left, right] = args.as_slice() else { return None };
                let (count, number, more) = match (self.shipped(*function)?, holds) {
                    (">=", true) | ("<", false) => (left, right, 0),
                    (">", true) | ("<=", false) => (left, right, 1),
                    ("<=", true) | (">", false) => (right, left, 0),
                    ("<", true) | (">=", false) => (right, left, 1),
                    _ => return None,
                };
                self.at_least(count, number, more, true)
            }
            _ => None,
        }
    }

    fn at_least<'e>(&self, count: &'e Expr, number: &Expr, more: u32, alone: bool) -> Option<Threshold<'e>> {
        let ExprKind::Literal(Literal::Number(digits)) = &bare(number)?.kind else { return None };
        let least = digits.parse::<u32>().ok()?.checked_add(more)?;
        let ExprKind::Aggregate(call) = &bare(count)?.kind else { return None };
        let counts = !call.star && call.distinct && self.shipped(call.function)? == "count";
        counts.then_some(Threshold { least, call, alone })
    }

    fn shipped(&self, function: FunctionId) -> Option<&str> {
        self.function(function).filter(|f| f.standard).map(|f| &*f.name)
    }
}

/// Without casts that keep whole numbers as they are: as texts, '2' comes after '11'.
fn bare(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        ExprKind::Cast(inner) => match &e.ty {
            Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(None) | Type::Double => bare(inner),
            Type::Numeric(Some((_, digits))) if *digits >= 0 => bare(inner),
            _ => None,
        },
        _ => Some(e),
    }
}
